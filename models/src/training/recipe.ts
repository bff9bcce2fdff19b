/**
 * How the bundled model is made: its sizes, its data and its schedule. The numbers were chosen by short trials; with the seed they
 * decide every weight, up to the rounding of the backend.
 */
/** Sizes of a small Vision Transformer with a class token, in timm's words. */
export interface Architecture {
  /** Side of the square picture and of a patch, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Length of a token. */
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Hidden length of the MLP over `width`. */
  readonly mlpRatio: number;
  readonly classes: number;
}

/** Everything that a training depends on. */
export interface Recipe {
  readonly architecture: Architecture;
  readonly seed: number;
  readonly steps: number;
  /** Mosaics in a step. */
  readonly batch: number;
  /** Chance of a mosaic's cell to stay empty. */
  readonly empty: number;
  /** Of the grey value as a share of white: what the model reads is (value − mean) / std. */
  readonly normalization: { readonly mean: number; readonly std: number };
  /** AdamW, after a linear warm-up over `warmup` steps and then along a cosine down to 0. Only matrices decay. */
  readonly learningRate: number;
  readonly warmup: number;
  readonly weightDecay: number;
  /** Longest step of the gradient, over all parameters together. */
  readonly gradientNorm: number;
}

/** The recipe of `models/bundled`. */
export const BUNDLED_RECIPE: Recipe = {
  architecture: { imageSize: 56, patchSize: 7, width: 96, depth: 2, heads: 12, mlpRatio: 4, classes: 10 },
  seed: 1,
  steps: 7000,
  batch: 64,
  empty: 0.25,
  normalization: { mean: 0.5, std: 0.5 },
  learningRate: 3e-3,
  warmup: 200,
  weightDecay: 0.05,
  gradientNorm: 1,
};
