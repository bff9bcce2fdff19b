/**
 * What a Vision Transformer is, as the forward pass and the preprocessing read it: one flat record. Sizes that the weights tell are
 * read off them (checkpoint/facts.ts); what they cannot tell comes from config.json (checkpoint/timm.ts, checkpoint/huggingface.ts).
 */
import type { Activation } from '@cdam/tensor';
import type { Resample } from './preprocess/resize.ts';

/** The grid of position embeddings in the checkpoint, before it is resized to the input's grid of patches. */
export interface PositionGrid {
  readonly rows: number;
  readonly columns: number;
  /**
   * Rows of `pos_embed` before the grid. They belong to the first so many prefix tokens, in the order class token, distillation
   * token, register tokens; prefix tokens beyond them get no position embedding. 0 where only patches have one (DeiT III, timm's
   * register models).
   */
  readonly prefix: number;
}

/** How the checkpoint's own library resizes position embeddings: see resizePositions. */
export interface PositionInterpolation {
  /** true: the filter widens when the grid shrinks (timm, DINOv2 with registers). false: four samples always (Hugging Face). */
  readonly antialias: boolean;
  /** Added to the wanted rows and columns before the scale is taken: 0.1 in DINO and in DINOv2 without registers, else 0. */
  readonly offset: number;
}

/** How a picture becomes input: resized, cropped about the centre to the input size, then per channel (value·rescale − mean)/std. */
export interface Preprocessing {
  /** `crop` keeps the aspect ratio and cuts what overhangs; `squash` resizes both sides, whatever the aspect ratio. */
  readonly fit: 'crop' | 'squash';
  /** Box to resize to before the crop, in pixels, at least the input size: with `crop` the picture covers it, with `squash` it fills it. */
  readonly resizeHeight: number;
  readonly resizeWidth: number;
  /** Input size over resize size, in (0, 1]: another input size is resized to floor(size / cropFraction). */
  readonly cropFraction: number;
  /** Where the crop begins when an odd number of pixels is cut: `round` half to even (torchvision) or `floor` (Hugging Face). */
  readonly cropRounding: 'round' | 'floor';
  readonly resample: Resample;
  /** Filter for `crop` into a box that is not square, where timm leaves the configured one aside and takes bilinear. */
  readonly resampleNonSquare: Resample;
  /** Bytes are multiplied by this first: 1/255. */
  readonly rescale: number;
  /** One per channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface VitConfig {
  /** Name of the folder or file, for people. */
  readonly name: string;
  /** As config.json says, e.g. `deit_tiny_patch16_224`; else made up from the sizes, e.g. `vit (192 wide, 12 deep, patch 16)`. */
  readonly architecture: string;

  /** Length of a token, D. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Attention heads; divides `width`. */
  readonly heads: number;
  /** Hidden length of the MLP. */
  readonly mlpWidth: number;
  /** Of the picture: 3, or 1 for grey. */
  readonly channels: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
  /** What a picture is brought to, in pixels; multiples of the patch. The grid is inputHeight/patchHeight × inputWidth/patchWidth. */
  readonly inputHeight: number;
  readonly inputWidth: number;

  readonly classToken: boolean;
  /** DeiT's second token, after the class token. */
  readonly distillationToken: boolean;
  /** After the class token and before the patches. */
  readonly registerTokens: number;
  /** All tokens before the patches. */
  readonly prefixTokens: number;
  readonly positions: PositionGrid;
  readonly positionInterpolation: PositionInterpolation;

  /** Of every layerNorm. */
  readonly epsilon: number;
  /** In the MLP. */
  readonly activation: Activation;
  /** qkv = T·Wᵀ + b; without: no b. */
  readonly qkvBias: boolean;
  /** The patch embedding adds a bias (CLIP's does not). */
  readonly patchBias: boolean;
  /** A layerNorm `norm_pre` between the position embeddings and the first block (CLIP). */
  readonly preNorm: boolean;
  /** `ls1.gamma` and `ls2.gamma` scale what each half of a block adds. */
  readonly layerScale: boolean;

  /** What the head reads: the class token, or the mean over the patch tokens (prefix tokens left out). */
  readonly pool: 'token' | 'avg';
  /** `norm` is applied to every token before pooling, `fc_norm` to the pooled vector. */
  readonly finalNorm: 'norm' | 'fc_norm';
  /** Outputs of the head; 0 when there is none. */
  readonly classes: number;
  /** `head_dist` reads the distillation token, and the logits are the mean of both heads. */
  readonly distilledHead: boolean;
  /** Classes are independent (sigmoid) and not exclusive (softmax). From config.json's `problem_type`. */
  readonly multiLabel: boolean;
  /** The outputs are numbers and no classes: they have no probabilities. From config.json's `problem_type`. */
  readonly regression: boolean;
  /** Readable names by class index, where config.json has them. May hold synonyms, comma-separated: `sports car, sport car`. */
  readonly labels: readonly string[] | undefined;
  /** Identifiers by class index, e.g. WordNet's `n02799071`, where config.json tells them from the readable names. */
  readonly labelNames: readonly string[] | undefined;

  readonly preprocessing: Preprocessing;
  /** What neither the weights nor config.json told and was assumed, one sentence each. */
  readonly assumptions: readonly string[];
}
