/**
 * What a method is: a file of this folder declares one, with everything about it. The registry lists them.
 */
import { type Tensor, tidy } from '@cdam/tensor';
import { type Completeness, readRows } from '../maps/token-map.ts';
import type { Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { type GivenOptions, type OptionsOf, resolveOptions } from './options.ts';

/** What readers of a list of methods want to know of each. */
export interface MethodFacts<N extends string> {
  /** As it stands on the command line and in files. */
  readonly name: N;
  /** One line for people. */
  readonly summary: string;
  /** What of a view it works from. */
  readonly needs:
    | 'class-token row'
    | 'last block'
    | 'all blocks'
    | 'attention of all blocks'
    | 'pixel gradients'
    | 'many forward passes'
    | 'nothing';
  /** In forward passes of the whole model, roughly, for one more target. */
  readonly cost: string;
  /** False: the same map whatever the class. */
  readonly classSpecific: boolean;
  /** Whether scores below zero mean anything. */
  readonly sign: 'signed' | 'non-negative';
  /** What a score is measured in. */
  readonly unit: 'target' | 'target per pixel' | 'attention' | 'relevance' | 'none';
}

/** The scores of one map, in ordinary memory. */
export interface ReadScores {
  /** [patches] */
  readonly scores: Float32Array;
  readonly completeness?: Completeness | undefined;
}

/** A method as its file declares it. */
interface Declaration<N extends string, V> extends MethodFacts<N> {
  readonly options: OptionsOf<V>;
  /** Enqueues the scores, [targets, patches], or [1, patches] where the method knows no classes. Called inside of a scope. */
  scores(view: View, targets: readonly Target[], options: V): Tensor;
  /** Reads the scores where a method has more to say of its maps than these; undefined where it has not. */
  read?(view: View, targets: readonly Target[], options: V): Promise<ReadScores[]> | undefined;
}

/** A method that checks its options. Those that are not given have their fallbacks. */
export interface Method<N extends string = string, V = Readonly<Record<string, unknown>>> extends MethodFacts<N> {
  readonly options: OptionsOf<V>;
  /**
   * Enqueues the scores, [targets, patches], or [1, patches] where the method knows no classes.
   * @throws ExplanationError `method` for an option that the method does not have, or a value that the option does not take
   */
  scores(view: View, targets: readonly Target[], given?: GivenOptions<V>): Tensor;
  /** Reads the scores of each target, whatever they say; of the one map of a method that knows no classes. Throws as `scores` does. */
  read(view: View, targets: readonly Target[], given?: GivenOptions<V>): Promise<readonly ReadScores[]>;
}

/** Declares a method. */
export function defineMethod<const N extends string, V>(declared: Declaration<N, V>): Method<N, V> {
  const { name, options } = declared;
  return {
    ...declared,
    scores: (view, targets, given = {}) =>
      tidy(view.vit.backend, () => declared.scores(view, targets, resolveOptions(name, options, given))),
    async read(view, targets, given = {}) {
      const values = resolveOptions(name, options, given);
      if (declared.classSpecific && targets.length === 0) return [];
      const more = declared.read?.(view, targets, values);
      if (more !== undefined) return await more;
      return (await readRows(tidy(view.vit.backend, () => declared.scores(view, targets, values)))).map((scores) => ({ scores }));
    },
  };
}
