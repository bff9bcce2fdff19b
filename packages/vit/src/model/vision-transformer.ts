/**
 * The Vision Transformer (Dosovitskiy et al. 2021), in stages that can be called one by one: `embed`, `run` through some of the blocks
 * (each in parts, see block.ts), then `latent` and `classify`. Explanations start in the middle of the network, so each stage can be
 * called by itself; `forward` calls all of them.
 *
 * The weights are a record of tensors under timm's names. Training takes the gradient with respect to the same record.
 */
import {
  add,
  attention,
  type Backend,
  broadcastTo,
  concat,
  describe,
  gather,
  mean,
  mul,
  patchEmbed,
  reshape,
  slice,
  type Tensor,
  tidy,
} from '@cdam/tensor';
import type { VitConfig } from '../config.ts';
import { ModelError } from '../errors.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { Block, type BlockTrace, type Tap } from './block.ts';
import { layerOf, normOf, through, type VitWeights, weightOf } from './layers.ts';

/** A Vision Transformer on a backend. It owns its weights: dispose it when done. */
export class VisionTransformer {
  readonly config: VitConfig;
  readonly weights: VitWeights;
  readonly backend: Backend;
  readonly blocks: readonly Block[];
  #fingerprint: Promise<string> | undefined;
  readonly #derived = new Map<string, Tensor>();

  /**
   * @param weights every weight that `config` asks for, on one backend; the model owns them
   * @throws ModelError `weights` when there are none
   */
  constructor(config: VitConfig, weights: VitWeights) {
    const [first] = Object.values(weights);
    if (first === undefined) throw new ModelError('weights', 'VisionTransformer: the record of weights is empty');
    this.config = config;
    this.weights = weights;
    this.backend = first.backend;
    this.blocks = Array.from({ length: config.depth }, (_, i) => new Block(config, weights, i));
  }

  /** How many numbers the weights have in all. */
  get parameters(): number {
    return Object.values(this.weights).reduce((sum, weight) => sum + weight.size, 0);
  }

  /** Rows and columns of patches in the input. */
  get grid(): readonly [number, number] {
    const { inputHeight, inputWidth, patchHeight, patchWidth } = this.config;
    return [inputHeight / patchHeight, inputWidth / patchWidth];
  }

  /** The block with the attention that CDAM explains. */
  get lastBlock(): Block {
    return this.block(this.config.depth - 1);
  }

  /** A block by its number, from 0. @throws ModelError `input` when there is none */
  block(index: number): Block {
    const block = this.blocks[index];
    if (block === undefined)
      throw new ModelError('input', `block: there is no block ${index}; the model has 0 to ${this.config.depth - 1}`);
    return block;
  }

  /**
   * The logits of preprocessed pictures.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @param tap is called with the result of every stage; the last block is then computed for all rows, and not only those that the
   *   head reads
   * @returns [batch, classes]
   * @throws ModelError `input` for pixels of another shape, `no-head` for a model without a head
   */
  forward(pixels: Tensor, tap?: Tap): Tensor {
    const { depth } = this.config;
    return tidy(this.backend, () => {
      if (tap === undefined) return this.classify(this.readout(this.backbone(pixels)));
      return this.classify(this.latent(this.run(this.embed(pixels, tap), 0, depth, tap), tap), tap);
    });
  }

  /**
   * The residual stream of preprocessed pictures as it enters the last block.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @returns [batch, prefixTokens + patches, width]
   * @throws ModelError `input` for pixels of another shape
   */
  backbone(pixels: Tensor): Tensor {
    return tidy(this.backend, () => this.run(this.embed(pixels), 0, this.config.depth - 1));
  }

  /**
   * As `backbone`, with a trace of every block that it runs: see `BlockTrace`.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   */
  traceBackbone(pixels: Tensor): { stream: Tensor; traces: BlockTrace[] } {
    return tidy(this.backend, () => {
      let stream = this.embed(pixels);
      const traces = this.blocks.slice(0, -1).map((block) => {
        using entered = stream;
        const { out, trace } = block.trace(entered);
        stream = out;
        return trace;
      });
      return { stream, traces };
    });
  }

  /**
   * The residual stream after some blocks. Intermediate results are freed as soon as no gradient needs them.
   *
   * @param stream what enters the first of these blocks, [batch, rows, width]; there may be any number of rows, since patches may have
   *   been dropped
   * @param from number of the first block, from 0
   * @param to number of the block after the last one; `depth` for all that follow
   */
  run(stream: Tensor, from: number, to: number, tap?: Tap): Tensor {
    return tidy(this.backend, () => {
      let current = reshape(stream, stream.shape);
      for (const block of this.blocks.slice(from, to)) {
        const next = block.run(current, tap);
        current.dispose();
        current = next;
      }
      return current;
    });
  }

  /**
   * The latent, from the residual stream before the last block. Of the last block only the rows that the head reads are computed.
   *
   * @param stream [batch, prefixTokens + patches, width]
   * @returns as `latent`
   */
  readout(stream: Tensor): Tensor {
    const { pool, distilledHead, heads } = this.config;
    const [last, read] = [this.lastBlock, distilledHead ? 2 : 1];
    if (pool === 'avg') return tidy(this.backend, () => this.latent(last.run(stream)));
    return tidy(this.backend, () => {
      const tokens = last.norm1(stream);
      const queries = last.part('query', slice(tokens, 1, 0, read));
      const mixed = attention(queries, last.part('key', tokens), last.part('value', tokens), { heads });
      return this.latent(last.transform(last.project(mixed, slice(stream, 1, 0, read))));
    });
  }

  /**
   * The latents of sequences that are put together from embedded patches: some patches may be left out, others replaced.
   *
   * @param embedded rows to choose from, [rows, width], which `embed` made
   * @param sequences for each sequence the indices of its rows, prefix tokens first; all sequences have one length
   * @returns as `latent`, one for each sequence
   */
  latentsOf(embedded: Tensor, sequences: readonly (readonly number[])[]): Tensor {
    const { width, depth } = this.config;
    return tidy(this.backend, () => {
      const chosen = reshape(gather(embedded, sequences.flat()), [sequences.length, -1, width]);
      return this.readout(this.run(chosen, 0, depth - 1));
    });
  }

  /**
   * Bytes that one picture takes while a block runs: the residual stream before and after, the norm, queries, keys and values, the
   * attention's output (7·width numbers a token in all) and the hidden features of the MLP.
   *
   * @param tokens how many tokens the picture has
   */
  activationBytes(tokens: number = this.config.prefixTokens + this.grid[0] * this.grid[1]): number {
    return 4 * tokens * (7 * this.config.width + this.config.mlpWidth);
  }

  /**
   * The residual stream before the first block: the prefix tokens and then the patches, with their position embeddings.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @returns [batch, prefixTokens + patches, width]
   * @throws ModelError `input` for pixels of another shape
   */
  embed(pixels: Tensor, tap?: Tap): Tensor {
    const { inputHeight, inputWidth, channels, preNorm } = this.config;
    const [batch = 1, ...picture] = pixels.shape;
    if (pixels.shape.length !== 4 || describe(picture) !== describe([channels, inputHeight, inputWidth])) {
      throw new ModelError(
        'input',
        `embed: pixels of shape ${describe(pixels.shape)} do not fit the model's input [batch, ${channels}, ${inputHeight}, ${inputWidth}]`,
      );
    }
    return tidy(this.backend, () => {
      const patches = patchEmbed(pixels, this.weight('patch_embed.proj.weight'), this.weights['patch_embed.proj.bias']);
      const { prefix, grid } = this.#positions();
      const placed = add(patches, grid);
      const lead = this.#prefixTokens(prefix);
      const sequence = lead === undefined ? placed : concat([broadcastTo(lead, [batch, ...lead.shape.slice(1)]), placed], 1);
      const stream = preNorm ? normOf(this.weights, this.config, 'norm_pre', sequence) : sequence;
      tap?.('embed', stream);
      return stream;
    });
  }

  /** The norm before the head, applied to rows of the stream or to a pooled vector: see `VitConfig.finalNorm`. */
  finalNorm(x: Tensor): Tensor {
    return normOf(this.weights, this.config, this.config.finalNorm, x);
  }

  /**
   * The latent: what the head reads.
   *
   * @param stream the residual stream after the last block, [batch, rows, width]
   * @returns [batch, width]; with `distilledHead` [batch, 2, width], the latents of the class token and of the distillation token
   */
  latent(stream: Tensor, tap?: Tap): Tensor {
    const { pool, finalNorm, prefixTokens, distilledHead, width } = this.config;
    const [batch = 1, rows = 1] = stream.shape;
    return tidy(this.backend, () => {
      const read = pool === 'avg' ? slice(stream, 1, prefixTokens, rows) : slice(stream, 1, 0, distilledHead ? 2 : 1);
      const normalised = finalNorm === 'norm' ? this.finalNorm(read) : read;
      const pooled = distilledHead ? normalised : pool === 'avg' ? mean(normalised, { axes: [1] }) : reshape(normalised, [batch, width]);
      const z = finalNorm === 'fc_norm' ? this.finalNorm(pooled) : pooled;
      tap?.('latent', z);
      return z;
    });
  }

  /** The logits of a latent, [batch, classes]. @throws ModelError `no-head` for a model without a head */
  classify(latent: Tensor, tap?: Tap): Tensor {
    const { classes, distilledHead, name, width } = this.config;
    if (classes === 0) {
      throw new ModelError(
        'no-head',
        `classify: the checkpoint ${name} has no head, so there are no classes; explain a function of the latent instead`,
      );
    }
    return tidy(this.backend, () => {
      const head = (part: string, z: Tensor): Tensor => through(layerOf(this.weights, part), z);
      const row = (i: number): Tensor => reshape(slice(latent, 1, i, i + 1), [-1, width]);
      const logits = distilledHead ? mul(add(head('head', row(0)), head('head_dist', row(1))), 0.5) : head('head', latent);
      tap?.('logits', logits);
      return logits;
    });
  }

  /**
   * ∂logits/∂latent, [classes, size of a latent]: the weight of the head. With `distilledHead` the logits are the mean of two heads, so
   * it is half of both weights side by side.
   */
  headWeight(): Tensor {
    const weight = this.weight('head.weight');
    if (!this.config.distilledHead) return reshape(weight, weight.shape);
    return tidy(this.backend, () => mul(concat([weight, this.weight('head_dist.weight')], 1), 0.5));
  }

  /**
   * A weight that the model must have, by timm's name. Those that a model may lack (biases, LayerScale) are read from `weights`.
   * @throws ModelError `weights` when it is missing
   */
  weight(name: string): Tensor {
    return weightOf(this.weights, name);
  }

  /**
   * A tensor made of weights alone, such as a product of two of them. It is made at the first call with its name, and freed with the model.
   *
   * @param make computes it
   */
  derived(name: string, make: () => Tensor): Tensor {
    let tensor = this.#derived.get(name);
    if (tensor === undefined) {
      tensor = tidy(this.backend, () => make().retain());
      this.#derived.set(name, tensor);
    }
    return tensor;
  }

  /** A digest that tells this model from others: see `fingerprintOf`. Reads the weights back once. */
  async fingerprint(): Promise<string> {
    this.#fingerprint ??= fingerprintOf(this.weights);
    return await this.#fingerprint;
  }

  /** Frees the weights. */
  dispose(): void {
    for (const tensor of [...Object.values(this.weights), ...this.#derived.values()]) tensor.dispose();
    this.#derived.clear();
  }

  /** Position embeddings of the prefix tokens that have them, [1, prefix, width], and of the patches, [patches, width]. */
  #positions(): { prefix: Tensor | undefined; grid: Tensor } {
    const { width, positions } = this.config;
    const all = this.weight('pos_embed');
    const patches = reshape(slice(all, 1, positions.prefix, all.shape[1] ?? 0), [-1, width]);
    return { prefix: positions.prefix === 0 ? undefined : slice(all, 1, 0, positions.prefix), grid: patches };
  }

  /** Class, distillation and register tokens, [1, prefixTokens, width]; the first few have position embeddings added. */
  #prefixTokens(positions: Tensor | undefined): Tensor | undefined {
    const { prefixTokens } = this.config;
    const found = ['cls_token', 'dist_token', 'reg_token'].flatMap((name) => this.weights[name] ?? []);
    if (found.length === 0) return undefined;
    const tokens = concat(found, 1);
    if (positions === undefined) return tokens;
    const placed = positions.shape[1] ?? 0;
    if (placed === prefixTokens) return add(tokens, positions);
    return concat([add(slice(tokens, 1, 0, placed), positions), slice(tokens, 1, placed, prefixTokens)], 1);
  }
}
