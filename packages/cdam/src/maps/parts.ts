/**
 * What the value of a target is made of, for maps that are a ledger: what each block, or each head of each block, read of each token, and what
 * was read of none.
 */

/** How finely the parts are told apart: by block, or by each head of each block. */
export type PartsBy = 'block' | 'head';

/** What a block read, or one of its heads. */
export interface Share {
  /** From 0. */
  readonly block: number;
  /** From 0; undefined for all heads of the block together. */
  readonly head?: number | undefined;
  /** What was read of each patch, row by row. Over all shares they sum to the map. */
  readonly scores: Float32Array;
  /**
   * What was read of each prefix token: first the class token, then the distillation token, then registers. Of the class token itself it is
   * only what is constant in its value; the rest is followed further back, to what it was read from.
   */
  readonly prefix: Float32Array;
}

/** The parts of a target. All numbers together sum to the target as far as it is linear: see `Completeness`. */
export interface Parts {
  readonly by: PartsBy;
  /** From the first block to the last, and from its first head to the last. */
  readonly shares: readonly Share[];
  /** What the class token's embedding, with its position, says itself. */
  readonly embedding: number;
  /** The biases of layers and norms. Those of values are in the shares. */
  readonly biases: {
    /** Of the projection after the heads, by block. */
    readonly projection: Float32Array;
    /** Of both layers of the MLP, by block. */
    readonly mlp: Float32Array;
    /** Of the norm before the MLP, by block. */
    readonly norm2: Float32Array;
    readonly finalNorm: number;
    readonly head: number;
  };
}

/** Sums of parts, coarsest first, as a table or a caption shows them. */
export interface PartTotals {
  readonly patches: number;
  /** One for each prefix token. */
  readonly prefix: readonly number[];
  readonly embedding: number;
  /** The biases of all blocks and the final norm, and of the head. */
  readonly biases: number;
  readonly sum: number;
}

/** The sum of some numbers, in 64 bits. */
export function totalOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum;
}

/** Adds up the parts of a target. */
export function totalsOf({ shares, embedding, biases }: Parts): PartTotals {
  const patches = totalOf(shares.map(({ scores }) => totalOf(scores)));
  const prefix = Array.from(shares[0]?.prefix ?? [], (_, token) => totalOf(shares.map((share) => share.prefix[token] ?? 0)));
  const { projection, mlp, norm2, finalNorm, head } = biases;
  const biasTotal = totalOf([totalOf(projection), totalOf(mlp), totalOf(norm2), finalNorm, head]);
  return { patches, prefix, embedding, biases: biasTotal, sum: patches + totalOf(prefix) + embedding + biasTotal };
}

/** The sum of the magnitudes of all parts. */
export function magnitudeOf({ shares, embedding, biases }: Parts): number {
  const { projection, mlp, norm2, finalNorm, head } = biases;
  const numbers = [...shares.flatMap(({ scores, prefix }) => [scores, prefix]), projection, mlp, norm2, [embedding, finalNorm, head]];
  return totalOf(numbers.map((values) => totalOf(Array.from(values, Math.abs))));
}
