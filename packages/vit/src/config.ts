/**
 * The configuration of a Vision Transformer: one flat record, which the forward pass and the preprocessing read. Sizes are taken from
 * the shapes of the weights (checkpoint/facts.ts). What the weights do not show is taken from config.json (checkpoint/timm.ts,
 * checkpoint/huggingface.ts).
 */
import type { Activation } from '@cdam/tensor';
import type { Resample } from './preprocess/resize.ts';

/** The grid of position embeddings in the checkpoint, before it is resized to the grid of patches of the input. */
export interface PositionGrid {
  readonly rows: number;
  readonly columns: number;
  /**
   * How many rows of `pos_embed` come before the grid. They belong to the first prefix tokens, in the order class token, distillation
   * token, register tokens. The other prefix tokens have no position embedding. 0 where only patches have one (DeiT III, timm's
   * register models).
   */
  readonly prefix: number;
}

/** How the library that the checkpoint comes from resizes position embeddings: see resizePositions. */
export interface PositionInterpolation {
  /** true: the filter becomes wider when the grid shrinks (timm, DINOv2 with registers). false: it has four samples (Hugging Face). */
  readonly antialias: boolean;
  /** Is added to the wanted rows and columns before the scale is computed: 0.1 in DINO and in DINOv2 without registers, else 0. */
  readonly offset: number;
}

/** How a picture becomes input: it is resized, cropped about the centre, and each channel becomes (value·rescale − mean)/std. */
export interface Preprocessing {
  /** `crop` keeps the aspect ratio and cuts off what does not fit; `squash` resizes both sides and changes the aspect ratio. */
  readonly fit: 'crop' | 'squash';
  /**
   * The box to resize to before the crop, in pixels, at least the input size. With `crop` the resized picture covers it; with `squash`
   * it has this size.
   */
  readonly resizeHeight: number;
  readonly resizeWidth: number;
  /** Input size divided by the size of the box, in (0, 1]. For another input size the box is floor(size / cropFraction). */
  readonly cropFraction: number;
  /** How the offset of the crop is rounded when an odd number of pixels is cut off: half to even (torchvision), or down (Hugging Face). */
  readonly cropRounding: 'round' | 'floor';
  /** The filter that pictures are resized with. */
  readonly resample: Resample;
  /** The filter for `crop` into a box that is not square: timm then ignores the configured one and takes bilinear. */
  readonly resampleNonSquare: Resample;
  /** Bytes are multiplied by this first; 1/255 as a rule. */
  readonly rescale: number;
  /** One for each channel. */
  readonly mean: readonly number[];
  /** One for each channel. */
  readonly std: readonly number[];
}

/** Everything that is known of a model, weights aside. */
export interface VitConfig {
  /** The name of the folder or file, for people to read. */
  readonly name: string;
  /** From config.json, such as `deit_tiny_patch16_224`; else made from the sizes, such as `vit (192 wide, 12 deep, patch 16)`. */
  readonly architecture: string;

  /** Length of a token, D. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Number of attention heads; divides `width`. */
  readonly heads: number;
  /** Number of hidden features of the MLP. */
  readonly mlpWidth: number;
  /** Channels of the input: 3 for colour, 1 for grey. */
  readonly channels: number;
  /** In pixels. */
  readonly patchHeight: number;
  readonly patchWidth: number;
  /** Size of the input in pixels, a multiple of the patch. The grid of patches is inputHeight/patchHeight × inputWidth/patchWidth. */
  readonly inputHeight: number;
  readonly inputWidth: number;

  readonly classToken: boolean;
  /** The second token of a distilled DeiT, after the class token. */
  readonly distillationToken: boolean;
  /** How many register tokens there are. They stand after the class token and before the patches. */
  readonly registerTokens: number;
  /** How many tokens stand before the patches: class, distillation and register tokens. */
  readonly prefixTokens: number;
  readonly positions: PositionGrid;
  readonly positionInterpolation: PositionInterpolation;

  /** The ε of every layer norm. */
  readonly epsilon: number;
  /** The activation in the MLP. */
  readonly activation: Activation;
  /** Queries, keys and values have a bias: qkv = T·Wᵀ + b instead of T·Wᵀ. */
  readonly qkvBias: boolean;
  /** The patch embedding adds a bias (CLIP's does not). */
  readonly patchBias: boolean;
  /** There is a layer norm `norm_pre` between the position embeddings and the first block (CLIP). */
  readonly preNorm: boolean;
  /** `ls1.gamma` and `ls2.gamma` scale what each half of a block adds to the residual stream. */
  readonly layerScale: boolean;

  /** What the head reads: the class token, or the mean over the patches, without the prefix tokens. */
  readonly pool: 'token' | 'avg';
  /** Which norm comes before the head: `norm`, of every row before pooling, or `fc_norm`, of the pooled vector. */
  readonly finalNorm: 'norm' | 'fc_norm';
  /** Number of outputs of the head; 0 for a model without a head. */
  readonly classes: number;
  /** A second head, `head_dist`, reads the distillation token; the logits are the mean of both heads. */
  readonly distilledHead: boolean;
  /** Classes are independent of each other (sigmoid) and do not exclude each other (softmax). From `problem_type` in config.json. */
  readonly multiLabel: boolean;
  /** The outputs are numbers and not classes, so they have no probabilities. From `problem_type` in config.json. */
  readonly regression: boolean;
  /** Readable names by class index, where config.json has them. A name may list synonyms with commas: `sports car, sport car`. */
  readonly labels: readonly string[] | undefined;
  /** Identifiers by class index, such as WordNet's `n02799071`, where config.json has them beside readable names. */
  readonly labelNames: readonly string[] | undefined;

  readonly preprocessing: Preprocessing;
  /** What was assumed because neither the weights nor config.json say it, a phrase for each. */
  readonly assumptions: readonly string[];
}
