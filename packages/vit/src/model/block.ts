/**
 * One block of a Vision Transformer, in parts that can be called by their names: x → x + attention(norm1(x)) → … + MLP(norm2(…)).
 *
 * x is the residual stream, [batch, prefixTokens + patches, width]; tokens are norm1 of it, what enters the attention. Every part takes
 * any number of tokens, and all but `attend` take them one by one.
 */
import { activate, attentionWithWeights, linear, selfAttention, slice, type Tensor, tidy } from '@cdam/tensor';
import type { VitConfig } from '../config.ts';
import { type Layer, layerOf, normOf, through, type VitWeights } from './weights.ts';

/** Sees every stage's result as the forward pass goes by; `tensor.retain()` keeps one. Names are `embed`, `blocks.3.norm1`, `blocks.3.attend`, `blocks.3`, `latent`, `logits`. */
export type Tap = (stage: string, value: Tensor) => void;

/** The third of a packed qkv layer that makes queries, keys or values. */
export type AttentionPart = 'query' | 'key' | 'value';

const PLACE: Readonly<Record<AttentionPart, number>> = { query: 0, key: 1, value: 2 };

export class Block {
  readonly #config: VitConfig;
  readonly #weights: VitWeights;
  /** What its weights' names begin with: `blocks.3`. */
  readonly name: string;

  /** @internal Use `vit.block(index)`. */
  constructor(config: VitConfig, weights: VitWeights, index: number) {
    this.#config = config;
    this.#weights = weights;
    this.name = `blocks.${index}`;
  }

  /** The whole block: the residual stream after it. */
  run(x: Tensor, tap?: Tap): Tensor {
    return tidy(x.backend, () => {
      const tokens = this.norm1(x);
      tap?.(`${this.name}.norm1`, tokens);
      const attended = this.attend(x, tokens);
      tap?.(`${this.name}.attend`, attended);
      const out = this.transform(attended);
      tap?.(this.name, out);
      return out;
    });
  }

  /** The tokens that enter the attention. In the last block they are CDAM's T. */
  norm1(x: Tensor): Tensor {
    return normOf(this.#weights, this.#config, `${this.name}.norm1`, x);
  }

  /** The first half: x plus the attention of `tokens` = norm1(x). */
  attend(x: Tensor, tokens: Tensor): Tensor {
    return tidy(x.backend, () => this.project(selfAttention(through(this.qkv, tokens), { heads: this.#config.heads }), x));
  }

  /** As `attend`, step by step instead of fused, with the attention weights, [batch, heads, tokens, tokens], beside the result. */
  attendWithWeights(x: Tensor, tokens: Tensor): { out: Tensor; weights: Tensor } {
    return tidy(x.backend, () => {
      const { width, heads } = this.#config;
      const qkv = through(this.qkv, tokens);
      const [q, k, v] = [slice(qkv, 2, 0, width), slice(qkv, 2, width, 2 * width), slice(qkv, 2, 2 * width, 3 * width)];
      const { output, weights } = attentionWithWeights(q, k, v, { heads });
      return { out: this.project(output, x), weights };
    });
  }

  /** Queries, keys or values of tokens, all heads side by side, in the tokens' shape. */
  part(part: AttentionPart, tokens: Tensor): Tensor {
    return tidy(tokens.backend, () => linear(tokens, this.weightOfPart(part), this.biasOfPart(part)));
  }

  /** What leaves the attention's heads, brought back to the residual stream. */
  project(mixed: Tensor, residual: Tensor): Tensor {
    return through(this.proj, mixed, residual);
  }

  /** The second half: x + MLP(norm2(x)). */
  transform(x: Tensor): Tensor {
    return tidy(x.backend, () => this.contract(through(this.fc1, this.norm2(x), undefined, this.#config.activation), x));
  }

  norm2(x: Tensor): Tensor {
    return normOf(this.#weights, this.#config, `${this.name}.norm2`, x);
  }

  /** The MLP's hidden features before their activation, [..., mlpWidth]. */
  expand(normalised: Tensor): Tensor {
    return through(this.fc1, normalised);
  }

  activate(hidden: Tensor): Tensor {
    return activate(hidden, this.#config.activation);
  }

  /** The MLP's active features, brought back to the residual stream. */
  contract(active: Tensor, residual: Tensor): Tensor {
    return through(this.fc2, active, residual);
  }

  /** The packed layer of queries, keys and values, [3·width, width]. */
  get qkv(): Layer {
    return layerOf(this.#weights, `${this.name}.attn.qkv`);
  }

  /** The rows of `qkv` that make one part of it, [width, width]. */
  weightOfPart(part: AttentionPart): Tensor {
    return this.#rowsOf(this.qkv.weight, part);
  }

  /** [width] */
  biasOfPart(part: AttentionPart): Tensor | undefined {
    const { bias } = this.qkv;
    return bias && this.#rowsOf(bias, part);
  }

  get proj(): Layer {
    return layerOf(this.#weights, `${this.name}.attn.proj`, `${this.name}.ls1`);
  }

  get fc1(): Layer {
    return layerOf(this.#weights, `${this.name}.mlp.fc1`);
  }

  get fc2(): Layer {
    return layerOf(this.#weights, `${this.name}.mlp.fc2`, `${this.name}.ls2`);
  }

  #rowsOf(packed: Tensor, part: AttentionPart): Tensor {
    const { width } = this.#config;
    return slice(packed, 0, PLACE[part] * width, (PLACE[part] + 1) * width);
  }
}
