/**
 * The Vision Transformer (Dosovitskiy et al. 2021), in stages that can be called one by one: `embed`, the blocks from any to any other,
 * each of them in parts (see block.ts), then `latent` and `classify`. Explanations start in the middle, so the stages are the interface
 * and `forward` is only their sequence.
 *
 * The weights are a record of tensors under timm's names; training differentiates with respect to that same record.
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
import { Block, type Tap } from './block.ts';
import { layerOf, normOf, through, type VitWeights, weightOf } from './weights.ts';

export class VisionTransformer {
  readonly config: VitConfig;
  readonly weights: VitWeights;
  readonly backend: Backend;
  readonly blocks: readonly Block[];
  #fingerprint: Promise<string> | undefined;

  /** @param weights all that `config` asks for, on one backend; the model owns them */
  constructor(config: VitConfig, weights: VitWeights) {
    const [first] = Object.values(weights);
    if (first === undefined) throw new ModelError('weights', 'VisionTransformer: the record of weights is empty');
    this.config = config;
    this.weights = weights;
    this.backend = first.backend;
    this.blocks = Array.from({ length: config.depth }, (_, i) => new Block(config, weights, i));
  }

  /** Number of weights. */
  get parameters(): number {
    return Object.values(this.weights).reduce((sum, weight) => sum + weight.size, 0);
  }

  /** Rows and columns of patches in the input. */
  get grid(): readonly [number, number] {
    const { inputHeight, inputWidth, patchHeight, patchWidth } = this.config;
    return [inputHeight / patchHeight, inputWidth / patchWidth];
  }

  /** The block whose attention CDAM explains. */
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
   * The class scores of preprocessed pictures.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @param tap with one, every stage is computed in full
   * @returns [batch, classes]
   */
  forward(pixels: Tensor, tap?: Tap): Tensor {
    const { depth } = this.config;
    return tidy(this.backend, () => {
      if (tap === undefined) return this.classify(this.readout(this.backbone(pixels)));
      return this.classify(this.latent(this.run(this.embed(pixels, tap), 0, depth, tap), tap), tap);
    });
  }

  /**
   * The residual stream that enters the last block, of preprocessed pictures.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @returns [batch, prefixTokens + patches, width]
   */
  backbone(pixels: Tensor): Tensor {
    return tidy(this.backend, () => this.run(this.embed(pixels), 0, this.config.depth - 1));
  }

  /**
   * The residual streams that enter the blocks, one for each, of preprocessed pictures.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @returns [batch, prefixTokens + patches, width] each
   */
  streams(pixels: Tensor): Tensor[] {
    return tidy(this.backend, () => {
      const streams = [this.embed(pixels)];
      for (const block of this.blocks.slice(0, -1)) streams.push(block.run(streams.at(-1) as Tensor));
      return streams;
    });
  }

  /**
   * The residual stream after some blocks. What they make on the way is freed as it goes, where no gradient needs it.
   *
   * @param stream what enters the first of them, [batch, tokens, width]; any tokens, such as a sequence from which some were dropped
   * @param from number of the first block
   * @param to number of the block before which it ends; `depth` for all
   */
  run(stream: Tensor, from: number, to: number, tap?: Tap): Tensor {
    return tidy(this.backend, () => {
      let x = reshape(stream, stream.shape);
      for (const block of this.blocks.slice(from, to)) {
        const next = block.run(x, tap);
        x.dispose();
        x = next;
      }
      return x;
    });
  }

  /**
   * The latent, straight from the residual stream before the last block: of that block, only the rows are computed that the head reads.
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
   * The latents of sequences that are put together from tokens which were embedded before: some dropped, some exchanged for others.
   *
   * @param embedded tokens to choose from, [rows, width]: rows of `embed`
   * @param sequences the rows of each, prefix tokens first; all of one length
   * @returns as `latent`, one for each sequence
   */
  latentsOf(embedded: Tensor, sequences: readonly (readonly number[])[]): Tensor {
    const { width, depth } = this.config;
    return tidy(this.backend, () => {
      const chosen = reshape(gather(embedded, sequences.flat()), [sequences.length, -1, width]);
      return this.readout(this.run(chosen, 0, depth - 1));
    });
  }

  /** Bytes of what one picture's tokens become while a block runs: the residual stream before and after, norm, qkv, attention, and the MLP's hidden features. */
  activationBytes(tokens: number = this.config.prefixTokens + this.grid[0] * this.grid[1]): number {
    return 4 * tokens * (7 * this.config.width + this.config.mlpWidth);
  }

  /** Patches as tokens, with their positions, behind the prefix tokens: [batch, prefixTokens + patches, width]. */
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
      const tokens = lead === undefined ? placed : concat([broadcastTo(lead, [batch, ...lead.shape.slice(1)]), placed], 1);
      const x = preNorm ? normOf(this.weights, this.config, 'norm_pre', tokens) : tokens;
      tap?.('embed', x);
      return x;
    });
  }

  /** The norm before the head, of tokens or of a pooled vector: see `VitConfig.finalNorm`. */
  finalNorm(x: Tensor): Tensor {
    return normOf(this.weights, this.config, this.config.finalNorm, x);
  }

  /**
   * What the head reads, from the residual stream after the last block: [batch, width]. With `distilledHead` it is
   * [batch, 2, width], the class token's latent and the distillation token's.
   */
  latent(stream: Tensor, tap?: Tap): Tensor {
    const { pool, finalNorm, prefixTokens, distilledHead, width } = this.config;
    const [batch = 1, tokens = 1] = stream.shape;
    return tidy(this.backend, () => {
      const read = pool === 'avg' ? slice(stream, 1, prefixTokens, tokens) : slice(stream, 1, 0, distilledHead ? 2 : 1);
      const normalised = finalNorm === 'norm' ? this.finalNorm(read) : read;
      const pooled = distilledHead ? normalised : pool === 'avg' ? mean(normalised, { axes: [1] }) : reshape(normalised, [batch, width]);
      const z = finalNorm === 'fc_norm' ? this.finalNorm(pooled) : pooled;
      tap?.('latent', z);
      return z;
    });
  }

  /** Class scores (logits) of a latent: [batch, classes]. @throws ModelError `no-head` */
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

  /** ∂logits/∂latent, [classes, size of a latent]: the head's weight. Where two heads read two tokens, the logits are their mean. */
  headWeight(): Tensor {
    const weight = this.weight('head.weight');
    if (!this.config.distilledHead) return reshape(weight, weight.shape);
    return tidy(this.backend, () => mul(concat([weight, this.weight('head_dist.weight')], 1), 0.5));
  }

  /** A weight that the model must have, by timm's name. Optional ones (biases, LayerScale) are read from `weights`. */
  weight(name: string): Tensor {
    return weightOf(this.weights, name);
  }

  /** What tells this model from another: see `fingerprintOf`. Reads the weights back once. */
  async fingerprint(): Promise<string> {
    this.#fingerprint ??= fingerprintOf(this.weights);
    return await this.#fingerprint;
  }

  /** Frees the weights. */
  dispose(): void {
    for (const weight of Object.values(this.weights)) weight.dispose();
  }

  /** Position embeddings of the prefix tokens that have one, [1, prefix, width], and of the patches, [patches, width]. */
  #positions(): { prefix: Tensor | undefined; grid: Tensor } {
    const { width, positions } = this.config;
    const all = this.weight('pos_embed');
    const patches = reshape(slice(all, 1, positions.prefix, all.shape[1] ?? 0), [-1, width]);
    return { prefix: positions.prefix === 0 ? undefined : slice(all, 1, 0, positions.prefix), grid: patches };
  }

  /** Class, distillation and register tokens, the first of them with their positions: [1, prefixTokens, width]. */
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
