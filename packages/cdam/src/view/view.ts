/**
 * A look at a picture: the backbone runs once, and every explanation of the picture starts from the residual stream that enters the last
 * block.
 */
import { slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import { type BlockTrace, type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ClassRow, retained } from '../closed-form/class-row.ts';
import { Ledger } from '../closed-form/ledger.ts';
import { type Prediction, rankClasses } from '../targets/classes.ts';
import { batchMemory, inBatches } from './batches.ts';
import { RecordedPass } from './pass.ts';

/** What a model computed of one picture. It owns tensors on the backend: dispose it when done. */
export class View {
  readonly vit: VisionTransformer;
  /** The residual stream before the last block, [1, prefixTokens + patches, width]. */
  readonly stream: Tensor;
  /** The input of the model, [channels, inputHeight, inputWidth]. */
  readonly pixels: Float32Array;
  /** The picture after resize and crop; undefined when the view was made from pixels. */
  readonly picture: Picture | undefined;
  #logits: Promise<Float32Array> | undefined;
  #classRow: ClassRow | undefined;
  #traces: readonly BlockTrace[] | undefined;
  #ledger: Ledger | undefined;
  #pass: RecordedPass | undefined;

  /** @internal Use `look`. */
  constructor(vit: VisionTransformer, { stream, traces, pass }: Kept, pixels: Float32Array, picture: Picture | undefined) {
    this.vit = vit;
    this.stream = stream;
    this.#traces = traces;
    this.#pass = pass;
    this.pixels = pixels;
    this.picture = picture;
  }

  /** Rows and columns of patches. */
  get grid(): readonly [number, number] {
    return this.vit.grid;
  }

  /** The row of the class token in the last block, for models whose head reads the class token alone. It is computed once. */
  get classRow(): ClassRow {
    this.#classRow ??= new ClassRow(this.vit, this.stream);
    return this.#classRow;
  }

  /**
   * The latent, which the head reads: [1, width], or [1, 2, width] where two heads read two tokens. Only enqueues work; the caller owns
   * the result.
   */
  latent(): Tensor {
    const { vit } = this;
    if (readsClassTokenAlone(vit)) return this.classRow.latent.view(this.classRow.latent.shape);
    return vit.readout(this.stream);
  }

  /** The pass through the model, recorded. Where `look` did not keep it, it is computed here, once, beside the look's own. */
  get pass(): RecordedPass {
    if (this.#pass === undefined) {
      using input = this.input();
      this.#pass = new RecordedPass(this.vit, input);
    }
    return this.#pass;
  }

  /** The class token's way through all blocks. Computed once; for models whose head reads the class token alone. */
  get ledger(): Ledger {
    if (this.#ledger === undefined) {
      this.#ledger = tidy(this.vit.backend, () => {
        const traces = this.#traces ?? this.vit.traceBackbone(this.input()).traces;
        return new Ledger(this.vit, this.stream, traces);
      });
    }
    return this.#ledger;
  }

  /**
   * What the class token met in every block before the last; the view keeps it. Where `look` did not, it is computed here, once, beside the
   * look's own pass.
   */
  get traces(): readonly BlockTrace[] {
    this.#traces ??= tidy(this.vit.backend, () => this.vit.traceBackbone(this.input()).traces.map(retained));
    return this.#traces;
  }

  /** T, the tokens that enter the last attention: norm1 of the stream, in its shape. Only enqueues work; the caller owns the result. */
  tokens(): Tensor {
    return this.vit.lastBlock.norm1(this.stream);
  }

  /** The input as a tensor, [1, channels, inputHeight, inputWidth]. The caller owns the result. */
  input(): Tensor {
    const { channels, inputHeight, inputWidth } = this.vit.config;
    return tensor(this.vit.backend, this.pixels, [1, channels, inputHeight, inputWidth]);
  }

  /** The logits, [classes]. They are computed once. @throws ModelError `no-head` for a model without a head */
  async logits(): Promise<Float32Array> {
    this.#logits ??= this.#readLogits();
    return await this.#logits;
  }

  /** The classes with the highest logits, best first. @throws ModelError `no-head` for a model without a head */
  async predictions(count = 5): Promise<Prediction[]> {
    return rankClasses(await this.logits(), this.vit.config, count);
  }

  /** Waits until the backbone is done. Only measurements of time need it: all other methods wait by themselves. */
  async ready(): Promise<void> {
    using firstToken = tidy(this.vit.backend, () => slice(this.stream, 1, 0, 1));
    await firstToken.data();
  }

  /** Frees the stream and what was computed from it. */
  dispose(): void {
    this.stream.dispose();
    this.#classRow?.dispose();
    this.#ledger?.dispose();
    for (const trace of this.#traces ?? []) for (const tensor of Object.values(trace)) tensor.dispose();
    this.#pass?.dispose();
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

/** How to look at several pictures. */
export interface LookOptions {
  /** How many bytes the activations may take at a time; 256 MiB by default, or less where the cache of the backend holds less. */
  readonly memory?: number | undefined;
  /** How much is kept, for methods that go back beyond the last block: see `Keep`. `last` by default. */
  readonly keep?: Keep | undefined;
}

/**
 * What a view keeps of the pass through the model. `last`: what enters the last block. `traces`: what the class token met in every block, as
 * the ledger wants it. `pass`: all that gradients need, as frozen gates and relevance want it. What a method wants and the view does not have
 * costs it a second pass.
 */
export type Keep = 'last' | 'traces' | 'pass';

/** What a view is made with. */
interface Kept {
  readonly stream: Tensor;
  readonly traces?: readonly BlockTrace[] | undefined;
  readonly pass?: RecordedPass | undefined;
}

/** A picture of any size, which is then resized, cropped and normalised; or a prepared input, [channels, inputHeight, inputWidth]. */
export type Look = Picture | Float32Array;

/**
 * Runs the backbone on a picture, or on several together. Only enqueues work; dispose the views when done. The view of a picture does not
 * depend on the other pictures.
 *
 * @throws InputError `picture` for a picture whose bytes do not fit its size
 */
export function look(vit: VisionTransformer, input: Look, options?: LookOptions): View;
export function look(vit: VisionTransformer, inputs: readonly Look[], options?: LookOptions): View[];
export function look(
  vit: VisionTransformer,
  inputs: Look | readonly Look[],
  { memory = batchMemory(vit.backend), keep = 'last' }: LookOptions = {},
): View | View[] {
  if (!isList(inputs)) return lookTogether(vit, [inputs], keep)[0] as View;
  const batches = keep === 'pass' ? inputs.map((input) => [input]) : inBatches(inputs, vit.activationBytes(), memory);
  return batches.flatMap((batch) => lookTogether(vit, batch, keep));
}

function lookTogether(vit: VisionTransformer, inputs: readonly Look[], keep: Keep): View[] {
  const { channels, inputHeight, inputWidth } = vit.config;
  const prepared = inputs.map((input) =>
    input instanceof Float32Array ? { pixels: input, picture: undefined } : preprocess(input, vit.config),
  );
  const pixels = new Float32Array(inputs.length * channels * inputHeight * inputWidth);
  for (const [i, one] of prepared.entries()) pixels.set(one.pixels, (i * pixels.length) / inputs.length);
  return tidy(vit.backend, () => {
    const batch = runBackbone(vit, tensor(vit.backend, pixels, [inputs.length, channels, inputHeight, inputWidth]), keep);
    return prepared.map((one, i) => {
      const own = (x: Tensor): Tensor => (inputs.length === 1 ? x : slice(x, 0, i, i + 1)).retain();
      const ownTrace = ({ qkv, entered, attended }: BlockTrace): BlockTrace => ({
        qkv: own(qkv),
        entered: own(entered),
        attended: own(attended),
      });
      const kept = { stream: own(batch.stream), traces: batch.traces?.map(ownTrace), pass: batch.pass };
      return new View(vit, kept, one.pixels, one.picture);
    });
  });
}

function runBackbone(vit: VisionTransformer, pixels: Tensor, keep: Keep): Kept {
  if (keep === 'last') return { stream: vit.backbone(pixels) };
  if (keep === 'traces') return vit.traceBackbone(pixels);
  const pass = new RecordedPass(vit, pixels);
  return { stream: pass.streams.at(-1) as Tensor, pass };
}

function isList(inputs: Look | readonly Look[]): inputs is readonly Look[] {
  return Array.isArray(inputs);
}
