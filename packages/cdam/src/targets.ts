/**
 * Names for targets: what a person types (`top1`, `top5`, `all`, a class index, a label) turned into classes of the model.
 */
import { findClass, labelOf } from '@cdam/vit';
import { ExplanationError } from './errors.ts';
import { type ClassScheme, classesAreIndependent, hasTwoSides } from './predictions.ts';
import type { ClassTarget } from './token-map.ts';
import type { View } from './view.ts';

/**
 * Classes by what a person typed, in the order typed, each once.
 *
 * A head with one logit speaks for two sides: `top1` is the one that it predicts, `top2` and `all` are both.
 *
 * @param names `top1`, `top5` (any number), `all`, a class index, an identifier or a label; `not` before it is the other side of a
 *   class that is independent of the others
 * @throws ExplanationError `target` when a name is no class (with the nearest labels) or when the model has no head
 */
export async function resolveTargets(view: View, names: readonly (string | number)[]): Promise<ClassTarget[]> {
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

/**
 * The other side of a class.
 *
 * @throws ExplanationError `target` where there is none: classes exclude each other, and numbers of a regression have no sides
 */
export function otherSideOf(scheme: ClassScheme, { index, label, against }: ClassTarget): ClassTarget {
  if (against) throw new ExplanationError('target', `"not ${label}": give one "not"`);
  if (scheme.regression || !classesAreIndependent(scheme)) {
    const why = scheme.regression ? 'the outputs are numbers and no classes' : 'the classes exclude each other';
    throw new ExplanationError('target', `"not ${label}": ${why}, so there is no other side; explain another one`);
  }
  return { kind: 'class', index, label: `not ${label}`, against: true };
}

async function resolve(view: View, name: string): Promise<readonly ClassTarget[]> {
  const { config } = view.vit;
  const ofClass = (index: number): ClassTarget => ({ kind: 'class', index, label: labelOf(config, index) });
  const top = /^(?:top([1-9]\d*)|all)$/.exec(name);
  if (top) {
    const count = Number(top[1] ?? Number.POSITIVE_INFINITY);
    if (hasTwoSides(config)) return (await sidesOf(view, ofClass(0))).slice(0, count);
    if (name === 'all') return Array.from({ length: config.classes }, (_, index) => ofClass(index));
    return (await view.predictions(count)).map(({ index }) => ofClass(index));
  }
  try {
    return [findTarget(config, name)];
  } catch (error) {
    throw new ExplanationError('target', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * The class, or the other side of a class, that a person means by an index, an identifier or a label, perhaps with `not` before it.
 *
 * @throws InputError `class` when there is none; ExplanationError `target` for the other side of a class that has none
 */
export function findTarget(scheme: ClassScheme, name: string): ClassTarget {
  const other = /^not\s+(.+)$/i.exec(name.trim())?.[1];
  if (other !== undefined && !namesClass(scheme, name)) return otherSideOf(scheme, findTarget(scheme, other));
  const index = findClass(scheme, name);
  return { kind: 'class', index, label: labelOf(scheme, index) };
}

function namesClass(scheme: ClassScheme, name: string): boolean {
  try {
    findClass(scheme, name);
    return true;
  } catch {
    return false;
  }
}

/** Both sides of a head with one logit, the one that it predicts first. */
async function sidesOf(view: View, target: ClassTarget): Promise<ClassTarget[]> {
  const [logit = 0] = await view.logits();
  const sides = [target, otherSideOf(view.vit.config, target)];
  return logit < 0 ? sides.toReversed() : sides;
}
