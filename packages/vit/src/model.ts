/**
 * The Vision Transformer (Dosovitskiy et al. 2021), in stages that can be called one by one: `embed`, then each block as
 * `norm1`, `attend` and `transform`, then `latent` and `classify`. Explanations start in the middle, so the stages are the
 * interface and `forward` is only their sequence.
 *
 * The weights are a record of tensors under timm's names; training differentiates with respect to that same record.
 */
import {
  add,
  attention,
  attentionWithWeights,
  type Backend,
  broadcastTo,
  concat,
  describe,
  layerNorm,
  linear,
  mean,
  mul,
  patchEmbed,
  reshape,
  selfAttention,
  slice,
  type Tensor,
  tidy,
} from '@cdam/tensor';
import type { VitConfig } from './config.ts';
import { ModelError } from './errors.ts';
import { fingerprintOf } from './fingerprint.ts';

/** Weights by timm's names: `blocks.0.attn.qkv.weight`, … */
export type VitWeights = Readonly<Record<string, Tensor>>;

/** Sees every stage's result as the forward pass goes by; `tensor.retain()` keeps one. Names are `embed`, `blocks.3.norm1`, `blocks.3.attend`, `blocks.3`, `latent`, `logits`. */
export type Tap = (stage: string, value: Tensor) => void;

const ignore: Tap = () => {};

export class VisionTransformer {
  readonly config: VitConfig;
  readonly weights: VitWeights;
  readonly backend: Backend;
  #fingerprint: Promise<string> | undefined;

  /** @param weights all that `config` asks for, on one backend; the model owns them */
  constructor(config: VitConfig, weights: VitWeights) {
    const [first] = Object.values(weights);
    if (first === undefined) throw new ModelError('weights', 'VisionTransformer: the record of weights is empty');
    this.config = config;
    this.weights = weights;
    this.backend = first.backend;
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
      if (tap === undefined) return this.classify(this.readout(this.backbone(pixels, depth - 1)));
      return this.classify(this.latent(this.backbone(pixels, depth, tap), tap), tap);
    });
  }

  /**
   * The latent, straight from the residual stream before the last block: of that block, only the rows are computed that the head reads.
   *
   * @param x [batch, prefixTokens + patches, width]
   * @returns as `latent`
   */
  readout(x: Tensor): Tensor {
    const { depth, pool, distilledHead, width, heads } = this.config;
    const [last, read] = [depth - 1, distilledHead ? 2 : 1];
    if (pool === 'avg') return this.latent(this.block(last, x));
    return tidy(this.backend, () => {
      const tokens = this.norm1(last, x);
      const queries = this.#part(last, 0, width, slice(tokens, 1, 0, read));
      const keys = this.#part(last, width, 2 * width, tokens);
      const values = this.#part(last, 2 * width, 3 * width, tokens);
      const mixed = attention(queries, keys, values, { heads });
      return this.latent(this.transform(last, this.#project(last, mixed, slice(x, 1, 0, read))));
    });
  }

  /**
   * The residual stream after the embedding and the first `blocks` blocks.
   *
   * @param pixels [batch, channels, inputHeight, inputWidth]
   * @returns [batch, prefixTokens + patches, width]
   */
  backbone(pixels: Tensor, blocks: number, tap: Tap = ignore): Tensor {
    return tidy(this.backend, () => {
      let x = this.embed(pixels, tap);
      for (let i = 0; i < blocks; i++) {
        const next = this.block(i, x, tap);
        x.dispose();
        x = next;
      }
      return x;
    });
  }

  /** Patches as tokens, with their positions, behind the prefix tokens: [batch, prefixTokens + patches, width]. */
  embed(pixels: Tensor, tap: Tap = ignore): Tensor {
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
      const x = preNorm ? this.norm('norm_pre', tokens) : tokens;
      tap('embed', x);
      return x;
    });
  }

  /** One block: x → x + attention(norm1(x)) → … + MLP(norm2(…)). Shapes as the residual stream's. */
  block(index: number, x: Tensor, tap: Tap = ignore): Tensor {
    return tidy(this.backend, () => {
      const tokens = this.norm1(index, x);
      tap(`blocks.${index}.norm1`, tokens);
      const attended = this.attend(index, x, tokens);
      tap(`blocks.${index}.attend`, attended);
      const out = this.transform(index, attended);
      tap(`blocks.${index}`, out);
      return out;
    });
  }

  /** A layerNorm of the model by its name: `blocks.3.norm2`, `norm`. */
  norm(name: string, x: Tensor): Tensor {
    return layerNorm(x, this.weight(`${name}.weight`), this.weight(`${name}.bias`), this.config.epsilon);
  }

  /** The tokens that enter a block's attention: norm1 of the residual stream. In the last block they are CDAM's T. */
  norm1(index: number, x: Tensor): Tensor {
    return this.norm(`blocks.${index}.norm1`, x);
  }

  /** The first half of a block: the residual stream x plus the attention of `tokens` = norm1(x). */
  attend(index: number, x: Tensor, tokens: Tensor): Tensor {
    return tidy(this.backend, () => {
      const mixed = selfAttention(this.#qkv(index, tokens), { heads: this.config.heads });
      return this.#project(index, mixed, x);
    });
  }

  /** As `attend`, step by step instead of fused, with the attention weights, [batch, heads, tokens, tokens], beside the result. */
  attendWithWeights(index: number, x: Tensor, tokens: Tensor): { out: Tensor; weights: Tensor } {
    return tidy(this.backend, () => {
      const { width, heads } = this.config;
      const qkv = this.#qkv(index, tokens);
      const [q, k, v] = [slice(qkv, 2, 0, width), slice(qkv, 2, width, 2 * width), slice(qkv, 2, 2 * width, 3 * width)];
      const { output, weights } = attentionWithWeights(q, k, v, { heads });
      return { out: this.#project(index, output, x), weights };
    });
  }

  /** The second half of a block: x + MLP(norm2(x)). */
  transform(index: number, x: Tensor): Tensor {
    const name = `blocks.${index}`;
    return tidy(this.backend, () => {
      const normalised = this.norm(`${name}.norm2`, x);
      const hidden = linear(normalised, this.weight(`${name}.mlp.fc1.weight`), this.weights[`${name}.mlp.fc1.bias`], {
        activation: this.config.activation,
      });
      return linear(hidden, this.weight(`${name}.mlp.fc2.weight`), this.weights[`${name}.mlp.fc2.bias`], {
        scale: this.weights[`${name}.ls2.gamma`],
        residual: x,
      });
    });
  }

  /**
   * What the head reads, from the residual stream after the last block: [batch, width]. With `distilledHead` it is
   * [batch, 2, width], the class token's latent and the distillation token's.
   */
  latent(x: Tensor, tap: Tap = ignore): Tensor {
    const { pool, finalNorm, prefixTokens, distilledHead, width } = this.config;
    const [batch = 1, tokens = 1] = x.shape;
    return tidy(this.backend, () => {
      const read = pool === 'avg' ? slice(x, 1, prefixTokens, tokens) : slice(x, 1, 0, distilledHead ? 2 : 1);
      const normalised = finalNorm === 'norm' ? this.norm('norm', read) : read;
      const pooled = distilledHead ? normalised : pool === 'avg' ? mean(normalised, { axes: [1] }) : reshape(normalised, [batch, width]);
      const z = finalNorm === 'fc_norm' ? this.norm('fc_norm', pooled) : pooled;
      tap('latent', z);
      return z;
    });
  }

  /** Class scores (logits) of a latent: [batch, classes]. */
  classify(latent: Tensor, tap: Tap = ignore): Tensor {
    const { classes, distilledHead, name, width } = this.config;
    if (classes === 0) {
      throw new ModelError(
        'no-head',
        `classify: the checkpoint ${name} has no head, so there are no classes; explain a function of the latent instead`,
      );
    }
    return tidy(this.backend, () => {
      const head = (part: string, z: Tensor): Tensor => linear(z, this.weight(`${part}.weight`), this.weights[`${part}.bias`]);
      const row = (i: number): Tensor => reshape(slice(latent, 1, i, i + 1), [-1, width]);
      const logits = distilledHead ? mul(add(head('head', row(0)), head('head_dist', row(1))), 0.5) : head('head', latent);
      tap('logits', logits);
      return logits;
    });
  }

  /** A weight that the model must have, by timm's name. Optional ones (biases, LayerScale) are read from `weights`. */
  weight(name: string): Tensor {
    const weight = this.weights[name];
    if (weight === undefined) throw new ModelError('weights', `VisionTransformer: the weight "${name}" is missing`);
    return weight;
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

  #qkv(index: number, tokens: Tensor): Tensor {
    return linear(tokens, this.weight(`blocks.${index}.attn.qkv.weight`), this.weights[`blocks.${index}.attn.qkv.bias`]);
  }

  /** Features `from` to `to` of a block's queries, keys and values. */
  #part(index: number, from: number, to: number, tokens: Tensor): Tensor {
    const bias = this.weights[`blocks.${index}.attn.qkv.bias`];
    return linear(tokens, slice(this.weight(`blocks.${index}.attn.qkv.weight`), 0, from, to), bias && slice(bias, 0, from, to));
  }

  #project(index: number, mixed: Tensor, residual: Tensor): Tensor {
    const scale = this.weights[`blocks.${index}.ls1.gamma`];
    return linear(mixed, this.weight(`blocks.${index}.attn.proj.weight`), this.weights[`blocks.${index}.attn.proj.bias`], {
      scale,
      residual,
    });
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
