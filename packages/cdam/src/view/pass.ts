/**
 * A pass through the model that was recorded, with the attention weights of every block, so that gradients can be asked for afterwards: of any
 * target, with respect to what entered any block or to its attention, by any rule.
 */
import { attentionWithWeights, linear, mul, openTape, type Rule, slice, type Tape, type Tensor, tidy } from '@cdam/tensor';
import type { AttentionPart, Block, VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';

/** The first half of a block: the stream after it, its attention, and the scores of that. */
interface Attended {
  readonly out: Tensor;
  readonly weights: Tensor;
  readonly scores: Tensor;
}

export class RecordedPass {
  readonly #tape: Tape;
  /** What enters each block, [1, prefixTokens + patches, width]. */
  readonly streams: readonly Tensor[];
  /**
   * Each block's attention, [1, heads, queries, tokens]. All tokens are queries, but in the last block of a model whose head reads the
   * class token alone: there it is the only one, because nothing depends on the others.
   */
  readonly weights: readonly Tensor[];
  /** The scores of which each block's attention is the softmax, in its shape. */
  readonly scores: readonly Tensor[];
  /** What the head reads: see `VisionTransformer.latent`. */
  readonly latent: Tensor;

  /** @param pixels [1, channels, inputHeight, inputWidth] */
  constructor(vit: VisionTransformer, pixels: Tensor) {
    const tape = openTape(vit.backend);
    this.#tape = tape;
    const made = tidy(vit.backend, () => {
      let stream = tape.watch(vit.embed(pixels));
      const streams: Tensor[] = [];
      const attentions: Attended[] = [];
      for (const block of vit.blocks.slice(0, -1)) {
        streams.push(stream);
        const attended = attend(vit, block, stream, (x) => x);
        attentions.push(attended);
        stream = block.transform(attended.out);
      }
      const last = attend(vit, vit.lastBlock, stream, (x) => (readsClassTokenAlone(vit) ? slice(x, 1, 0, 1) : x));
      attentions.push(last);
      const latent = vit.latent(vit.lastBlock.transform(last.out));
      const [weights, scores] = [attentions.map((each) => each.weights), attentions.map((each) => each.scores)];
      return { streams: [...streams, stream], weights, scores, latent };
    });
    tape.seal();
    this.streams = made.streams;
    this.weights = made.weights;
    this.scores = made.scores;
    this.latent = made.latent;
  }

  /** What the head reads, off the tape: for what targets compute from it. */
  leaf(): Tensor {
    return this.latent.view(this.latent.shape);
  }

  /**
   * ∂f/∂x for some x of the pass.
   *
   * @param u ∂f/∂z, in the shape of the latent
   */
  gradients(u: Tensor, by: readonly Tensor[], rule: Rule): Tensor[] {
    return this.#tape.gradient(this.latent, by, u, rule);
  }

  /** Frees all that was kept. */
  dispose(): void {
    for (const tensor of [...this.streams, ...this.weights, ...this.scores, this.latent]) tensor.dispose();
    this.#tape.close();
  }
}

/**
 * The first half of a block, in steps. Queries, keys and values are made apart, so that a gradient that goes through the values alone costs
 * no more than it must.
 *
 * @param queries takes from all rows those that are queries
 */
function attend(vit: VisionTransformer, block: Block, stream: Tensor, queries: (rows: Tensor) => Tensor): Attended {
  const { heads, width } = vit.config;
  const tokens = block.norm1(stream);
  // The scale of the scores is in the weights of the queries, where it costs nothing.
  const query = partOf(vit, block, 'query', queries(tokens), 1 / Math.sqrt(width / heads));
  const [key, value] = [partOf(vit, block, 'key', tokens), partOf(vit, block, 'value', tokens)];
  const { output, weights, scores } = attentionWithWeights(query, key, value, { heads, scale: 1 });
  return { out: block.project(output, queries(stream)), weights, scores };
}

/** As `block.part`, times a number. The parts of the packed weights are kept: the next picture asks for them again. */
function partOf(vit: VisionTransformer, block: Block, part: AttentionPart, tokens: Tensor, factor = 1): Tensor {
  const weight = vit.derived(`${block.name} ${part} weight`, () => mul(block.weightOfPart(part), factor));
  if (block.qkv.bias === undefined) return linear(tokens, weight);
  return linear(
    tokens,
    weight,
    vit.derived(`${block.name} ${part} bias`, () => mul(block.biasOfPart(part) ?? 0, factor)),
  );
}
