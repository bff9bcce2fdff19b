/**
 * A look at a picture: the backbone runs once, and everything that is asked about the picture afterwards starts from the
 * tokens that enter the last block.
 */
import { slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import { labelOf, type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import { ClassRow, readsClassTokenAlone } from './class-row.ts';

export interface Prediction {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  /** Softmax over the classes; sigmoid where classes are independent. */
  readonly probability: number;
}

export class View {
  readonly vit: VisionTransformer;
  /** The residual stream before the last block, [1, prefixTokens + patches, width]. */
  readonly tokens: Tensor;
  /** What the model saw, after resize and crop; undefined when the view was made from pixels. */
  readonly picture: Picture | undefined;
  #logits: Promise<Float32Array> | undefined;
  #classRow: ClassRow | undefined;

  /** @internal Use `look`. */
  constructor(vit: VisionTransformer, tokens: Tensor, picture: Picture | undefined) {
    this.vit = vit;
    this.tokens = tokens;
    this.picture = picture;
  }

  /** Rows and columns of patches. */
  get grid(): readonly [number, number] {
    return this.vit.grid;
  }

  /** The class token's way through the last block. Computed once; for models whose head reads the class token alone. */
  get classRow(): ClassRow {
    this.#classRow ??= new ClassRow(this.vit, this.tokens);
    return this.#classRow;
  }

  /** One logit per class. Computed once. */
  async logits(): Promise<Float32Array> {
    this.#logits ??= this.#readLogits();
    return await this.#logits;
  }

  /** The best classes, best first. */
  async predictions(count = 5): Promise<Prediction[]> {
    const logits = await this.logits();
    const probabilities = toProbabilities(logits, this.vit.config.multiLabel);
    const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
    return order.slice(0, count).map((index) => ({
      index,
      label: labelOf(this.vit.config, index),
      logit: logits[index] ?? Number.NaN,
      probability: probabilities[index] ?? Number.NaN,
    }));
  }

  /** Waits until the backbone is done; asking for anything else waits by itself. */
  async ready(): Promise<void> {
    using firstToken = tidy(this.vit.backend, () => slice(this.tokens, 1, 0, 1));
    await firstToken.data();
  }

  /** Frees the tokens and what was computed from them. */
  dispose(): void {
    this.tokens.dispose();
    this.#classRow?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What the head reads, from the whole last block. */
  #latent(): Tensor {
    return this.vit.latent(this.vit.block(this.vit.config.depth - 1, this.tokens));
  }

  async #readLogits(): Promise<Float32Array> {
    const { vit } = this;
    using logits = tidy(vit.backend, () => vit.classify(readsClassTokenAlone(vit) ? this.classRow.latent : this.#latent()));
    return await logits.data();
  }
}

/**
 * Runs the backbone on one picture. Only enqueues work; dispose the view when done.
 *
 * @param input a picture of any size, which is resized, cropped and normalised as the model wants it; or pixels that are so
 *   already, [channels, inputHeight, inputWidth]
 */
export function look(vit: VisionTransformer, input: Picture | Float32Array): View {
  const { channels, inputHeight, inputWidth, depth } = vit.config;
  const prepared = input instanceof Float32Array ? { pixels: input, picture: undefined } : preprocess(input, vit.config);
  const tokens = tidy(vit.backend, () =>
    vit.backbone(tensor(vit.backend, prepared.pixels, [1, channels, inputHeight, inputWidth]), depth - 1).retain(),
  );
  return new View(vit, tokens, prepared.picture);
}

function toProbabilities(logits: Float32Array, independent: boolean): number[] {
  if (independent || logits.length === 1) return Array.from(logits, (z) => 1 / (1 + Math.exp(-z)));
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((e) => e / sum);
}
