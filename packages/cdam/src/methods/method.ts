/**
 * What a method is. Each method has a file in this folder that declares everything about it, and the registry lists them.
 */
import { type Tensor, tidy } from '@cdam/tensor';
import type { Parts } from '../maps/parts.ts';
import { type Completeness, readRows } from '../maps/token-map.ts';
import type { Target } from '../targets/target.ts';
import type { Keep, View } from '../view/view.ts';
import { type GivenOptions, type OptionsOf, resolveOptions } from './options.ts';

/** The facts about a method that lists of methods show. */
export interface MethodFacts<N extends string> {
  /** Its name on the command line and in files. */
  readonly name: N;
  /** What it does, in one line. */
  readonly summary: string;
  /** What it computes from. */
  readonly needs:
    | 'class-token row'
    | 'last block'
    | 'class-token row of all blocks'
    | 'all blocks'
    | 'attention of all blocks'
    | 'pixel gradients'
    | 'many forward passes'
    | 'nothing';
  /** What one more target costs, roughly, in forward passes of the whole model. */
  readonly cost: string;
  /** False for a method whose map is the same for every class. */
  readonly classSpecific: boolean;
  /**
   * Whether there are scores below zero, which speak against the target. A `level` is the target itself, of pictures that have the patch: it
   * has no zero that means anything, so maps are drawn from their lowest score to their highest.
   */
  readonly sign: 'signed' | 'non-negative' | 'level';
  /** The unit of a score. */
  readonly unit: 'target' | 'target per pixel' | 'attention' | 'relevance' | 'none';
}

/**
 * How much a look should keep for some methods, so that none of them needs a second pass.
 *
 * @param methods of one view
 */
export function keepFor(methods: readonly Pick<MethodFacts<string>, 'needs'>[]): Keep {
  const needs = new Set(methods.map((method) => method.needs));
  if (needs.has('all blocks') || needs.has('attention of all blocks')) return 'pass';
  return needs.has('class-token row of all blocks') ? 'traces' : 'last';
}

/** The scores of one map, read from the backend. */
export interface ReadScores {
  /** [patches] */
  readonly scores: Float32Array;
  readonly completeness?: Completeness | undefined;
  readonly parts?: Parts | undefined;
}

/** How a method computes all its scores at once. */
export interface EnqueuedScores<V> {
  /** Enqueues the scores, [targets, patches]; [1, patches] when the method does not depend on the class. It is called inside a scope. */
  scores(view: View, targets: readonly Target[], options: V): Tensor;
  /** Reads the scores together with further results of the method; undefined where there are none. */
  read?(view: View, targets: readonly Target[], options: V): Promise<ReadScores[]> | undefined;
}

/** How a method computes its scores when it has to look at what it computed before it can go on, to choose masks for instance. */
export interface StepwiseScores<V> {
  readonly scores?: undefined;
  /** Computes and reads the scores, one map for each target. It is called outside of any scope. */
  read(view: View, targets: readonly Target[], options: V): Promise<ReadScores[]>;
}

/** A method as its file declares it. */
export type MethodDeclaration<N extends string, V> = MethodFacts<N> & { readonly options: OptionsOf<V> } & (
    | EnqueuedScores<V>
    | StepwiseScores<V>
  );

/** A method that checks the options that it is given. Options that are not given have their default values. */
export interface Method<N extends string = string, V = Readonly<Record<string, unknown>>> extends MethodFacts<N> {
  readonly options: OptionsOf<V>;
  /**
   * Computes and reads the scores of each map, without checking them: one map for each target, or one when the method does not depend on
   * the class.
   * @throws ExplanationError `method` for an option that the method does not have, or a value that the option does not take
   */
  read(view: View, targets: readonly Target[], given?: GivenOptions<V>): Promise<readonly ReadScores[]>;
}

/** Makes a method from its declaration. Use it for a method of your own, which `explainBy` then runs. */
/* @__NO_SIDE_EFFECTS__ */
export function defineMethod<const N extends string, V>(declared: MethodDeclaration<N, V>): Method<N, V> {
  const { name, options } = declared;
  return {
    ...declared,
    async read(view, targets, given = {}) {
      const values = resolveOptions(name, options, given);
      if (declared.classSpecific && targets.length === 0) return [];
      if (declared.scores === undefined) return await declared.read(view, targets, values);
      const more = declared.read?.(view, targets, values);
      if (more !== undefined) return await more;
      return (await readRows(tidy(view.vit.backend, () => declared.scores(view, targets, values)))).map((scores) => ({ scores }));
    },
  };
}
