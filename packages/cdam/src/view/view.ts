/**
 * A look at a picture: the backbone runs once, and everything that is asked about the picture afterwards starts from the
 * tokens that enter the last block.
 */
import { slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import { type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ClassRow } from '../closed-form/class-row.ts';
import { Ledger } from '../closed-form/ledger.ts';
import { type Prediction, rankClasses } from '../targets/classes.ts';
import { batchMemory, inBatches } from './batches.ts';

export class View {
  readonly vit: VisionTransformer;
  /** The residual stream before the last block, [1, prefixTokens + patches, width]. */
  readonly stream: Tensor;
  /** The input as the model reads it, [channels, inputHeight, inputWidth]: for methods that begin at the pixels. */
  readonly pixels: Float32Array;
  /** What the model saw, after resize and crop; undefined when the view was made from pixels. */
  readonly picture: Picture | undefined;
  #logits: Promise<Float32Array> | undefined;
  #classRow: ClassRow | undefined;
  #streams: readonly Tensor[] | undefined;
  #ledger: Ledger | undefined;

  /** @internal Use `look`. */
  constructor(vit: VisionTransformer, stream: Tensor, pixels: Float32Array, picture: Picture | undefined) {
    this.vit = vit;
    this.stream = stream;
    this.pixels = pixels;
    this.picture = picture;
  }

  /** Rows and columns of patches. */
  get grid(): readonly [number, number] {
    return this.vit.grid;
  }

  /** The class token's way through the last block. Computed once; for models whose head reads the class token alone. */
  get classRow(): ClassRow {
    this.#classRow ??= new ClassRow(this.vit, this.stream);
    return this.#classRow;
  }

  /** What the head reads: [1, width], or [1, 2, width] where two heads read two tokens. Enqueues its computation; the caller owns it. */
  latent(): Tensor {
    const { vit } = this;
    if (readsClassTokenAlone(vit)) return this.classRow.latent.view(this.classRow.latent.shape);
    return vit.readout(this.stream);
  }

  /** What enters each block, [1, prefixTokens + patches, width] each. Computed once: where `look` did not keep them, by a second run. */
  get streams(): readonly Tensor[] {
    this.#streams ??= tidy(this.vit.backend, () => this.vit.streams(this.input()).map((stream) => stream.retain()));
    return this.#streams;
  }

  /** The class token's way through all blocks. Computed once; for models whose head reads the class token alone. */
  get ledger(): Ledger {
    this.#ledger ??= new Ledger(this.vit, this.streams);
    return this.#ledger;
  }

  /** T, the tokens that enter the last attention: norm1 of the stream, in its shape. Enqueues its computation; the caller owns it. */
  tokens(): Tensor {
    return this.vit.lastBlock.norm1(this.stream);
  }

  /** The input as a tensor, [1, channels, inputHeight, inputWidth]. The caller owns it. */
  input(): Tensor {
    const { channels, inputHeight, inputWidth } = this.vit.config;
    return tensor(this.vit.backend, this.pixels, [1, channels, inputHeight, inputWidth]);
  }

  /** One logit per class. Computed once. */
  async logits(): Promise<Float32Array> {
    this.#logits ??= this.#readLogits();
    return await this.#logits;
  }

  /** The best classes, best first. */
  async predictions(count = 5): Promise<Prediction[]> {
    return rankClasses(await this.logits(), this.vit.config, count);
  }

  /** Waits until the backbone is done; asking for anything else waits by itself. */
  async ready(): Promise<void> {
    using firstToken = tidy(this.vit.backend, () => slice(this.stream, 1, 0, 1));
    await firstToken.data();
  }

  /** Frees the stream and what was computed from them. */
  dispose(): void {
    this.stream.dispose();
    this.#classRow?.dispose();
    this.#ledger?.dispose();
    for (const stream of this.#streams ?? []) stream.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #readLogits(): Promise<Float32Array> {
    const { vit } = this;
    using logits = tidy(vit.backend, () => vit.classify(this.latent()));
    return await logits.data();
  }
}

export interface LookOptions {
  /**
   * For several pictures: how many bytes their activations may take at a time; they are looked at in as many steps. 256 MiB by
   * default, or what fits the backend's cache.
   */
  readonly memory?: number | undefined;
}

/** A picture of any size, which is resized, cropped and normalised as the model wants it; or pixels that are so already, [channels, inputHeight, inputWidth]. */
export type Look = Picture | Float32Array;

/**
 * Runs the backbone on a picture, or on several at once. Only enqueues work; dispose the views when done. A picture's view is the
 * same whichever pictures are looked at beside it.
 */
export function look(vit: VisionTransformer, input: Look): View;
export function look(vit: VisionTransformer, inputs: readonly Look[], options?: LookOptions): View[];
export function look(
  vit: VisionTransformer,
  inputs: Look | readonly Look[],
  { memory = batchMemory(vit.backend) }: LookOptions = {},
): View | View[] {
  if (!isList(inputs)) return lookTogether(vit, [inputs])[0] as View;
  return inBatches(inputs, vit.activationBytes(), memory).flatMap((batch) => lookTogether(vit, batch));
}

function lookTogether(vit: VisionTransformer, inputs: readonly Look[]): View[] {
  const { channels, inputHeight, inputWidth } = vit.config;
  const prepared = inputs.map((input) =>
    input instanceof Float32Array ? { pixels: input, picture: undefined } : preprocess(input, vit.config),
  );
  const pixels = new Float32Array(inputs.length * channels * inputHeight * inputWidth);
  for (const [i, one] of prepared.entries()) pixels.set(one.pixels, (i * pixels.length) / inputs.length);
  return tidy(vit.backend, () => {
    const stream = vit.backbone(tensor(vit.backend, pixels, [inputs.length, channels, inputHeight, inputWidth]));
    return prepared.map((one, i) => {
      const own = inputs.length === 1 ? stream : slice(stream, 0, i, i + 1);
      return new View(vit, own.retain(), one.pixels, one.picture);
    });
  });
}

function isList(inputs: Look | readonly Look[]): inputs is readonly Look[] {
  return Array.isArray(inputs);
}
