/**
 * The explanation basis of a picture: the matrix L that holds the map of each dimension of the latent (closed-form/class-row.ts). It
 * explains any target of the picture without the model and without a backend, by as many multiplications for each patch as the latent
 * has dimensions.
 */
import { type Framing, framingOf, type VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ExplanationError } from '../errors.ts';
import { checkedMap, type TokenMap } from '../maps/token-map.ts';
import { type ClassScheme, classesAreIndependent, hasLogOdds, type Prediction, probabilitiesOf, rankClasses } from '../targets/classes.ts';
import { findTarget } from '../targets/names.ts';
import type { ClassTarget, From, MapTarget } from '../targets/target.ts';
import type { View } from '../view/view.ts';

/** The head of a model: logits = weight·latent + bias. */
export interface Head {
  /** [classes, width] */
  readonly weight: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/** The methods whose maps are linear in the gradient of the target, so that they have a basis. */
export type BasisMethod = 'cdam' | 'ledger';

/** The contents of a basis. */
export interface BasisParts {
  /** The method whose maps it holds. */
  readonly method: BasisMethod;
  /** The name of the model that saw the picture. */
  readonly model: string;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  readonly classes: ClassScheme;
  /** The latent of the picture, which the head reads, [width]. */
  readonly latent: Float32Array;
  /** L, the map of each dimension of the latent, [width, patches]. */
  readonly maps: Float32Array;
  /** Undefined for a model without a head. */
  readonly head: Head | undefined;
  /**
   * How the model's preprocessing lays a photo into its input, so that maps can be laid over the photo. Undefined where a file does not say. It is
   * the model's, and so not true of a view of pixels that were prepared otherwise.
   */
  readonly framing?: Framing | undefined;
  /** What was lost where the basis comes from a file of reduced rank; undefined for a whole one. */
  readonly reduction?: Reduction | undefined;
}

/** What an altered basis has lost of the exact one. */
export interface BasisError {
  /** The share of the sum of squares of the basis that is kept, from 0 to 1; NaN where a file does not say. */
  readonly energy: number;
  /** The errors of the maps of all classes, from the logit and from log-odds. Undefined for a model without classes. */
  readonly maps: Readonly<Record<'logit' | 'log-odds', ErrorSpread>> | undefined;
}

/** Errors of maps: of each the largest difference of a score, as a share of the largest score of the exact map. */
export interface ErrorSpread {
  readonly median: number;
  readonly worst: number;
}

/** What a basis of reduced rank has lost, in the precision of its file. */
export interface Reduction extends BasisError {
  readonly rank: number;
}

/** The explanation basis of one picture, in ordinary memory. */
export class ExplanationBasis {
  readonly parts: BasisParts;
  #logits: Float32Array | undefined;
  #probabilities: readonly number[] | undefined;
  #meanRow: Float64Array | undefined;

  /** @internal Use `basisOf`, or `parseBasis` for a file. */
  constructor(parts: BasisParts) {
    this.parts = parts;
  }

  /** Rows and columns of patches. */
  get grid(): readonly [number, number] {
    return this.parts.grid;
  }

  /** The latent of the picture, [width]. */
  get latent(): Float32Array {
    return this.parts.latent;
  }

  /** What the head makes of the latent, [classes]; empty for a model without a head. */
  get logits(): Float32Array {
    const { latent } = this;
    this.#logits ??= Float32Array.from({ length: this.parts.classes.classes }, (_, c) => {
      const row = this.#headRow(c);
      let sum = this.parts.head?.bias[c] ?? 0;
      for (let j = 0; j < row.length; j++) sum += (row[j] ?? 0) * (latent[j] ?? 0);
      return sum;
    });
    return this.#logits;
  }

  /** The classes with the highest logits, best first; none for a model without a head. */
  predictions(count = 5): Prediction[] {
    return this.parts.head === undefined ? [] : rankClasses(this.logits, this.parts.classes, count);
  }

  /**
   * The map of a class.
   *
   * @param target its index, label or identifier, perhaps after the word `not`; or what `findTarget` returned
   * @throws InputError `class` when there is no such class; ExplanationError `target` for the other side of a class that has none, `map`
   *   for a map that is zero everywhere or not finite
   */
  map(target: number | string | ClassTarget, from: From = 'logit'): TokenMap {
    const found = typeof target === 'object' ? target : findTarget(this.parts.classes, String(target));
    const gradient = this.#classGradient(found.index, from);
    if (found.versus !== undefined) {
      const other = this.#classGradient(found.versus, from);
      return this.#mapOf(
        gradient.map((x, j) => x - (other[j] ?? 0)),
        found,
        from,
      );
    }
    return this.#mapOf(found.against ? gradient.map((x) => -x) : gradient, found, from);
  }

  /**
   * The map of any function of the latent.
   *
   * @param gradient u = ∂f/∂z at `latent`, [width]
   * @throws ExplanationError `target` for a gradient of another length, `map` for a map that is zero everywhere or not finite
   */
  mapOfGradient(name: string, gradient: ArrayLike<number>): TokenMap {
    if (gradient.length !== this.latent.length) {
      throw new ExplanationError(
        'target',
        `cdam: the gradient of "${name}" has ${gradient.length} numbers; the latent has ${this.latent.length}`,
      );
    }
    return this.#mapOf(gradient, { kind: 'latent', name }, undefined);
  }

  /**
   * The scores of a class, whatever they are, [patches].
   * @internal Use `map`, which checks them.
   */
  scoresOfClass(index: number, from: From): Float32Array {
    return this.#scoresOf(this.#classGradient(index, from));
  }

  #mapOf(gradient: ArrayLike<number>, target: MapTarget, from: From | undefined): TokenMap {
    return checkedMap({ method: this.parts.method, target, from, grid: this.grid, scores: this.#scoresOf(gradient) });
  }

  /** The scores u·L of a gradient u. */
  #scoresOf(gradient: ArrayLike<number>): Float32Array {
    const { maps, latent } = this.parts;
    const patches = maps.length / latent.length;
    const sums = new Float64Array(patches);
    for (let j = 0; j < latent.length; j++) {
      const factor = gradient[j] ?? 0;
      const row = j * patches;
      for (let i = 0; i < patches; i++) sums[i] = (sums[i] ?? 0) + factor * (maps[row + i] ?? 0);
    }
    return Float32Array.from(sums);
  }

  /** u = ∂f/∂z of a class, [width]; targets/gradients.ts computes the same with tensors. */
  #classGradient(index: number, from: From): Float64Array {
    const row = Float64Array.from(this.#headRow(index));
    const { classes } = this.parts;
    if (from === 'logit' || (from === 'log-odds' && !hasLogOdds(classes))) return row;
    if (classes.regression)
      throw new ExplanationError('target', 'cdam: outputs of a regression have no probability; explain them from the logit');
    this.#probabilities ??= probabilitiesOf(this.logits, classes);
    const p = this.#probabilities[index] ?? 0;
    if (classesAreIndependent(classes)) return row.map((w) => p * (1 - p) * w);
    this.#meanRow ??= this.#weightedRow(this.#probabilities);
    const mean = this.#meanRow;
    if (from === 'probability') return row.map((w, j) => p * (w - (mean[j] ?? 0)));
    const others = this.#meanOfOthers(index, mean);
    return row.map((w, j) => w - (others[j] ?? 0));
  }

  /** Σ_{k≠c} p_k·W_k/(1 − p_c): the mean row of the other classes, from the mean of all rows unless 1 − p_c has lost its digits. */
  #meanOfOthers(index: number, mean: Float64Array): Float64Array {
    const p = this.#probabilities?.[index] ?? 0;
    const row = this.#headRow(index);
    if (1 - p > 1e-6) return mean.map((m, j) => (m - p * (row[j] ?? 0)) / (1 - p));
    const logits = this.logits.map((z, k) => (k === index ? Number.NEGATIVE_INFINITY : z));
    return this.#weightedRow(probabilitiesOf(logits, this.parts.classes));
  }

  /** Σ_k p_k·W_k, where p are `shares` and W_k the rows of the head. */
  #weightedRow(shares: readonly number[]): Float64Array {
    const sum = new Float64Array(this.latent.length);
    for (let c = 0; c < shares.length; c++) {
      const row = this.#headRow(c);
      for (let j = 0; j < row.length; j++) sum[j] = (sum[j] ?? 0) + (shares[c] ?? 0) * (row[j] ?? 0);
    }
    return sum;
  }

  #headRow(index: number): Float32Array {
    const width = this.latent.length;
    return this.parts.head?.weight.subarray(index * width, (index + 1) * width) ?? new Float32Array(width);
  }
}

/**
 * Makes the basis of a view and reads it into ordinary memory.
 *
 * @param method whose maps it will hold; look with `keep: 'traces'` for a ledger, or it takes a second pass
 * @throws ExplanationError `method` for a model whose head reads more than the class token, and which therefore has no basis
 */
export async function basisOf(view: View, method: BasisMethod = 'cdam'): Promise<ExplanationBasis> {
  const { vit, grid } = view;
  if (!readsClassTokenAlone(vit))
    throw new ExplanationError('method', 'basisOf: the head reads more than the class token, so there is no basis');
  const { name, classes, labels, labelNames, multiLabel, regression } = vit.config;
  const row = method === 'ledger' ? view.ledger : view.classRow;
  const [head, maps, latent] = await Promise.all([readHead(vit), row.makeBasis().data(), row.latent.data()]);
  const scheme: ClassScheme = { classes, labels, labelNames, multiLabel, regression };
  return new ExplanationBasis({ method, model: name, grid, classes: scheme, latent, maps, head, framing: framingOf(vit.config) });
}

async function readHead(vit: VisionTransformer): Promise<Head | undefined> {
  const { classes } = vit.config;
  if (classes === 0) return undefined;
  const reads = [vit.weight('head.weight').data(), vit.weights['head.bias']?.data() ?? new Float32Array(classes)] as const;
  const [weight, bias] = await Promise.all(reads);
  return { weight, bias };
}
