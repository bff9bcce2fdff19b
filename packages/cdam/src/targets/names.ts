/**
 * Finds the classes that a person means by what they type: `top1`, `top5`, `all`, an index or a label.
 */
import { findClass, type VisionTransformer } from '@cdam/vit';
import { ExplanationError } from '../errors.ts';
import { type ClassScheme, hasTwoSides, rankClasses } from './classes.ts';
import { type ClassTarget, classTarget, otherSideOf } from './target.ts';

/** The part of a view that is needed to choose targets. */
export interface Classified {
  readonly vit: VisionTransformer;
  logits(): Promise<Float32Array>;
}

/**
 * The classes that names stand for, in the order of the names, each class once.
 *
 * A head with one logit has two sides: `top1` is the one that it predicts, `top2` and `all` are both.
 *
 * @param names `top1`, `top5` (any number), `all`, a class index, an identifier or a label; with `not` before it, the other side of a
 *   class that is independent of the others
 * @throws ExplanationError `target` when there is no such class (the message has the nearest labels), or when the model has no head
 */
export async function resolveTargets(view: Classified, names: readonly (string | number)[]): Promise<ClassTarget[]> {
  const { config } = view.vit;
  if (config.classes === 0) {
    throw new ExplanationError(
      'target',
      `${config.name} has no head, so it has no classes to explain; give a function of the latent, or use the attention map`,
    );
  }
  const targets = new Map<string, ClassTarget>();
  for (const name of names)
    for (const target of await resolve(view, String(name))) targets.set(`${target.index} ${target.against}`, target);
  return [...targets.values()];
}

async function resolve(view: Classified, name: string): Promise<readonly ClassTarget[]> {
  const { config } = view.vit;
  const top = /^(?:top([1-9]\d*)|all)$/.exec(name);
  if (top) {
    const count = Number(top[1] ?? Number.POSITIVE_INFINITY);
    const logits = await view.logits();
    if (hasTwoSides(config)) return sidesOf(config, logits).slice(0, count);
    const indices = name === 'all' ? logits.keys() : rankClasses(logits, config, count).map(({ index }) => index);
    return Array.from(indices, (index) => classTarget(config, index));
  }
  try {
    return [findTarget(config, name)];
  } catch (error) {
    throw new ExplanationError('target', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * The class that an index, an identifier or a label stands for; with `not` before it, the other side of the class.
 *
 * @throws InputError `class` when there is no such class; ExplanationError `target` for the other side of a class that has none
 */
export function findTarget(scheme: ClassScheme, name: string): ClassTarget {
  const other = /^not\s+(.+)$/i.exec(name.trim())?.[1];
  if (other !== undefined && !namesClass(scheme, name)) return otherSideOf(scheme, findTarget(scheme, other));
  return classTarget(scheme, findClass(scheme, name));
}

function namesClass(scheme: ClassScheme, name: string): boolean {
  try {
    findClass(scheme, name);
    return true;
  } catch {
    return false;
  }
}

/** Both sides of a head with one logit, first the one that it predicts. */
function sidesOf(scheme: ClassScheme, [logit = 0]: Float32Array): ClassTarget[] {
  const target = classTarget(scheme, 0);
  const sides = [target, otherSideOf(scheme, target)];
  return logit < 0 ? sides.toReversed() : sides;
}
