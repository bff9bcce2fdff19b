/**
 * A pass through the model that was recorded, with the attention weights of every block, so that gradients can be asked for afterwards: of any
 * target, with respect to what entered any block or to its attention, by any rule.
 */
import { attentionWithWeights, openTape, type Rule, slice, type Tape, type Tensor, tidy } from '@cdam/tensor';
import type { Block, VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';

/** The first half of a block: the stream after it, its attention, and the scores of that. */
type Attended = ReturnType<Block['attendWithWeights']>;

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
        const attended = block.attendWithWeights(stream, block.norm1(stream));
        attentions.push(attended);
        stream = block.transform(attended.out);
      }
      const last = attendLast(vit, stream);
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

/** The first half of the last block: only for the class token where the head reads nothing else. */
function attendLast(vit: VisionTransformer, stream: Tensor): Attended {
  const block = vit.lastBlock;
  const tokens = block.norm1(stream);
  if (!readsClassTokenAlone(vit)) return block.attendWithWeights(stream, tokens);
  const query = block.part('query', slice(tokens, 1, 0, 1));
  const { output, weights, scores } = attentionWithWeights(query, block.part('key', tokens), block.part('value', tokens), {
    heads: vit.config.heads,
  });
  return { out: block.project(output, slice(stream, 1, 0, 1)), weights, scores };
}
