/**
 * What is explained: a class, the other side of a class, or any function of the latent.
 */
import type { Tensor } from '@cdam/tensor';
import { labelOf } from '@cdam/vit';
import { ExplanationError } from '../errors.ts';
import { type ClassScheme, classesAreIndependent, hasLogOdds } from './classes.ts';

/**
 * What is explained of a class: its logit, its probability (softmax; sigmoid for independent classes), or its log-odds against all other
 * classes together, log p − log(1 − p), which is the logit itself for independent classes and regressions.
 */
export type From = 'logit' | 'probability' | 'log-odds';

/** What can be explained of the classes of a model, and is not the same: a regression has no probability, independent classes no other log-odds. */
export function fromsOf(scheme: ClassScheme): readonly From[] {
  if (scheme.regression) return ['logit'];
  return hasLogOdds(scheme) ? ['logit', 'log-odds', 'probability'] : ['logit', 'probability'];
}

/** A class, or the other side of a class. */
export interface ClassTarget {
  readonly kind: 'class';
  readonly index: number;
  /** The readable name of the class, or its number where the checkpoint has no names. */
  readonly label: string;
  /** True for the other side of a class that is independent of the others: −logit, or 1 − probability. */
  readonly against?: true;
  /** Another class, by its index: what speaks for this one rather than for that one, the difference of their scores. */
  readonly versus?: number;
}

/** Any function of the latent, computed with tensor operations. */
export interface LatentTarget {
  /** The kind of target that captions show; `latent` by default. */
  readonly kind?: 'latent' | 'concept';
  /** A name to show to people. */
  readonly name: string;
  /** @param latent [1, width], what the head reads. @returns a tensor of one element */
  readonly score: (latent: Tensor) => Tensor;
}

/** What to explain: a class by its index or as `resolveTargets` found it, or a function of the latent. */
export type Target = number | ClassTarget | LatentTarget;

/** What a map is about: a class of the head, or a function of the latent with the name that the caller gave it. */
export type MapTarget = ClassTarget | { readonly kind: 'latent' | 'concept'; readonly name: string };

/** True for a function of the latent. */
export function isLatentTarget(target: Target): target is LatentTarget {
  return typeof target === 'object' && 'score' in target;
}

/** The index of a class target. */
export function classIndexOf(target: number | ClassTarget): number {
  return typeof target === 'number' ? target : target.index;
}

/** True for the other side of a class. Its gradient, of −logit or of 1 − probability, is that of the class with the opposite sign. */
export function isOtherSide(target: Target): boolean {
  return typeof target === 'object' && 'against' in target && target.against === true;
}

/** The class of a model that has an index. */
export function classTarget(scheme: ClassScheme, index: number): ClassTarget {
  return { kind: 'class', index, label: labelOf(scheme, index) };
}

/**
 * The other side of a class.
 *
 * @throws ExplanationError `target` where there is none, because the classes exclude each other or the outputs are not classes
 */
export function otherSideOf(scheme: ClassScheme, { index, label, against }: ClassTarget): ClassTarget {
  if (against) throw new ExplanationError('target', `"not ${label}": give "not" once`);
  if (scheme.regression || !classesAreIndependent(scheme)) {
    const why = scheme.regression ? 'the outputs are numbers and not classes' : 'the classes exclude each other';
    throw new ExplanationError('target', `"not ${label}": ${why}, so there is no other side; explain another class`);
  }
  return { kind: 'class', index, label: `not ${label}`, against: true };
}

/** The class that a target is held against; undefined where there is none. */
export function versusOf(target: Target): number | undefined {
  return typeof target === 'object' && 'versus' in target ? target.versus : undefined;
}

/**
 * The index of a target that is a class and nothing else, for methods that are not defined for other targets.
 *
 * @param method its name, for the error
 * @param why what the method does with a class: `relevance speaks for a class`
 * @throws ExplanationError `target` for a function of the latent, the other side of a class, or a class against another
 */
export function plainClass(target: Target, method: string, why: string): number {
  if (isLatentTarget(target)) throw new ExplanationError('target', `${method}: "${target.name}" is not a class; ${why}`);
  if (isOtherSide(target)) throw new ExplanationError('target', `${method}: ${why}; there is no map of the other side of a class`);
  if (versusOf(target) !== undefined)
    throw new ExplanationError('target', `${method}: ${why}; there is no map of one class against another, so explain each by itself`);
  return classIndexOf(target);
}

/**
 * What speaks for one class rather than for another.
 *
 * @throws ExplanationError `target` when both are the same, or one does not exist
 */
export function pairTarget(scheme: ClassScheme, index: number, versus: number | undefined): ClassTarget {
  const [own, other] = describeTargets(scheme, [index, versus ?? -1]);
  if (own?.kind !== 'class' || other?.kind !== 'class' || own.index === other.index)
    throw new ExplanationError('target', `a class against itself (${index}) has no map; give two classes`);
  return { kind: 'class', index, label: `${own.label} against ${other.label}`, versus: other.index };
}

/** What the maps of these targets are about. @throws ExplanationError `target` for a class that does not exist */
export function describeTargets(scheme: ClassScheme, targets: readonly Target[]): MapTarget[] {
  return targets.map((target) => {
    if (isLatentTarget(target)) return { kind: target.kind ?? 'latent', name: target.name };
    const { classes } = scheme;
    const index = classIndexOf(target);
    if (!Number.isInteger(index) || index < 0 || index >= classes) {
      const found = classes === 0 ? 'no head' : `classes 0 to ${classes - 1}`;
      throw new ExplanationError('target', `there is no class ${index}; the model has ${found}`);
    }
    const described = classTarget(scheme, index);
    if (versusOf(target) !== undefined) return pairTarget(scheme, index, versusOf(target));
    return isOtherSide(target) ? otherSideOf(scheme, described) : described;
  });
}
