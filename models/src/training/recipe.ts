/**
 * How the bundled model is made: its sizes, its data and its schedule. The numbers were chosen by short trials. Together with the seed they
 * determine every weight, apart from the rounding of the backend.
 */

/** Sizes of a small Vision Transformer with a class token. */
export interface Architecture {
  /** The side of the square picture, in pixels. */
  readonly imageSize: number;
  /** The side of a patch, in pixels. */
  readonly patchSize: number;
  /** The length of a token. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Number of attention heads. */
  readonly heads: number;
  /** Number of hidden features of the MLP, divided by `width`. */
  readonly mlpRatio: number;
  readonly classes: number;
}

/** Everything that a training depends on. */
export interface Recipe {
  readonly architecture: Architecture;
  readonly seed: number;
  readonly steps: number;
  /** How many mosaics there are in a step. */
  readonly batch: number;
  /** The probability that a cell of a mosaic stays empty. */
  readonly empty: number;
  /** The input of the model is (grey − mean) / std, where grey is from 0 to 1. */
  readonly normalisation: { readonly mean: number; readonly std: number };
  /** The highest learning rate of AdamW. After the warm-up it falls along a cosine to 0. */
  readonly learningRate: number;
  /** Number of steps in which the learning rate rises linearly from 0. */
  readonly warmup: number;
  /** The weight decay of AdamW, for matrices only. */
  readonly weightDecay: number;
  /** The largest norm of the gradient of all weights together; longer gradients are scaled down. */
  readonly gradientNorm: number;
}

/** The recipe of `models/bundled`. */
export const BUNDLED_RECIPE: Recipe = {
  architecture: { imageSize: 56, patchSize: 7, width: 96, depth: 2, heads: 12, mlpRatio: 4, classes: 10 },
  seed: 1,
  steps: 7000,
  batch: 64,
  empty: 0.25,
  normalisation: { mean: 0.5, std: 0.5 },
  learningRate: 3e-3,
  warmup: 200,
  weightDecay: 0.05,
  gradientNorm: 1,
};
