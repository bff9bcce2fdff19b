/**
 * One block of a Vision Transformer, in parts that can be called by name. Each half of a block adds to the residual stream x:
 * x ← x + attention(norm1(x)), then x ← x + MLP(norm2(x)) (Dosovitskiy et al. 2021).
 *
 * `stream` is the residual stream, [batch, prefixTokens + patches, width]. `tokens` is norm1 of it, which enters the attention, in the
 * same shape. Every part takes any number of rows, and only the attention looks at more than one row at a time.
 */
import { activate, linear, selfAttention, slice, type Tensor, tidy } from '@cdam/tensor';
import type { VitConfig } from '../config.ts';
import { type Layer, layerOf, normOf, through, type VitWeights } from './layers.ts';

/**
 * Is called with the result of every stage during a forward pass; `value.retain()` keeps it. The stages are `embed`, `blocks.3.norm1`,
 * `blocks.3.attend`, `blocks.3` (and so on for every block), `latent`, `logits`.
 */
export type Tap = (stage: string, value: Tensor) => void;

/** Which of its three outputs a packed qkv layer is asked for. */
export type AttentionPart = 'query' | 'key' | 'value';

const PLACE: Readonly<Record<AttentionPart, number>> = { query: 0, key: 1, value: 2 };

/** One block of a model, which owns the weights. */
/** What a pass through a block leaves for those who follow the class token back. */
export interface BlockTrace {
  /** Queries, keys and values of all tokens, [batch, tokens, 3·width]. */
  readonly qkv: Tensor;
  /** The class token's row of the residual stream before the block, [batch, 1, width]. */
  readonly entered: Tensor;
  /** The same between attention and MLP. */
  readonly attended: Tensor;
}

export class Block {
  readonly #config: VitConfig;
  readonly #weights: VitWeights;
  /** The names of its weights begin with this: `blocks.3`. */
  readonly name: string;

  /** @internal Use `vit.block(index)`. */
  constructor(config: VitConfig, weights: VitWeights, index: number) {
    this.#config = config;
    this.#weights = weights;
    this.name = `blocks.${index}`;
  }

  /** The whole block: the residual stream after it. */
  run(stream: Tensor, tap?: Tap): Tensor {
    return tidy(stream.backend, () => {
      const tokens = this.norm1(stream);
      tap?.(`${this.name}.norm1`, tokens);
      const attended = this.attend(stream, tokens);
      tap?.(`${this.name}.attend`, attended);
      const out = this.transform(attended);
      tap?.(this.name, out);
      return out;
    });
  }

  /** The tokens that enter the attention. In the last block they are CDAM's T. */
  norm1(stream: Tensor): Tensor {
    return normOf(this.#weights, this.#config, `${this.name}.norm1`, stream);
  }

  /** As `run`, with what the way of the class token through the block can be followed back by. */
  trace(x: Tensor): { out: Tensor; trace: BlockTrace } {
    return tidy(x.backend, () => {
      const qkv = through(this.qkv, this.norm1(x));
      const attended = this.project(selfAttention(qkv, { heads: this.#config.heads }), x);
      return { out: this.transform(attended), trace: { qkv, entered: slice(x, 1, 0, 1), attended: slice(attended, 1, 0, 1) } };
    });
  }

  /** The first half: the stream plus the attention of `tokens`, which are norm1 of the stream or an alteration of it. */
  attend(stream: Tensor, tokens: Tensor): Tensor {
    return tidy(stream.backend, () => this.project(selfAttention(through(this.qkv, tokens), { heads: this.#config.heads }), stream));
  }

  /** Queries, keys and values of tokens side by side, [batch, tokens, 3·width]. */
  attentionInputs(tokens: Tensor): Tensor {
    return through(this.qkv, tokens);
  }

  /** Queries, keys or values of tokens, all heads side by side, in the shape of the tokens. */
  part(part: AttentionPart, tokens: Tensor): Tensor {
    return tidy(tokens.backend, () => linear(tokens, this.weightOfPart(part), this.biasOfPart(part)));
  }

  /** Projects the output of the heads, [..., width], and adds it to the rows `residual` of the stream. */
  project(mixed: Tensor, residual: Tensor): Tensor {
    return through(this.proj, mixed, residual);
  }

  /** The second half: the stream plus the MLP of its norm2. */
  transform(stream: Tensor): Tensor {
    return tidy(stream.backend, () => this.contract(through(this.fc1, this.norm2(stream), undefined, this.#config.activation), stream));
  }

  /** The input of the MLP. */
  norm2(stream: Tensor): Tensor {
    return normOf(this.#weights, this.#config, `${this.name}.norm2`, stream);
  }

  /** The hidden features of the MLP before their activation, [..., mlpWidth]. */
  expand(normalised: Tensor): Tensor {
    return through(this.fc1, normalised);
  }

  /** The hidden features of the MLP after their activation, [..., mlpWidth]. */
  activate(hidden: Tensor): Tensor {
    return activate(hidden, this.#config.activation);
  }

  /** The second layer of the MLP, whose output is added to the rows `residual` of the stream. */
  contract(active: Tensor, residual: Tensor): Tensor {
    return through(this.fc2, active, residual);
  }

  /** The packed layer that makes queries, keys and values; its weight is [3·width, width]. */
  get qkv(): Layer {
    return layerOf(this.#weights, `${this.name}.attn.qkv`);
  }

  /** The rows of the weight of `qkv` that make the queries, the keys or the values, [width, width]. */
  weightOfPart(part: AttentionPart): Tensor {
    return this.#rowsOf(this.qkv.weight, part);
  }

  /** The bias of the queries, the keys or the values, [width]; undefined for a model without one. */
  biasOfPart(part: AttentionPart): Tensor | undefined {
    const { bias } = this.qkv;
    return bias && this.#rowsOf(bias, part);
  }

  /** The layer that joins the heads, [width, width]. */
  get proj(): Layer {
    return layerOf(this.#weights, `${this.name}.attn.proj`, `${this.name}.ls1`);
  }

  /** The first layer of the MLP, [mlpWidth, width]. */
  get fc1(): Layer {
    return layerOf(this.#weights, `${this.name}.mlp.fc1`);
  }

  /** The second layer of the MLP, [width, mlpWidth]. */
  get fc2(): Layer {
    return layerOf(this.#weights, `${this.name}.mlp.fc2`, `${this.name}.ls2`);
  }

  #rowsOf(packed: Tensor, part: AttentionPart): Tensor {
    const { width } = this.#config;
    return slice(packed, 0, PLACE[part] * width, (PLACE[part] + 1) * width);
  }
}
