/**
 * The ledger: what the class token read from each patch, in every block.
 *
 * With attention weights, the 1/σ of each norm and the gates of the activations held constant (the rule `frozen-gates` of the tape), the
 * residual stream of the class token is a sum of what it read. A target's gradient r goes back along that one row, from u = ∂f/∂z:
 *
 *     r ← LN_f*(u), then for each block from the last to the first
 *     r ← r + LN2*(MLP*(r))                               through the block's MLP
 *     g = W_oᵀ·r                                          to what leaves its heads
 *     S_i ← S_i + Σ_h a_i^h·(g^h·v_i^h)                   what the class token read from token i; v with its bias
 *     r ← r + LN1*(Σ_h a_cls^h·W_v^hᵀ·g^h)                what it read from itself
 *
 * where a is the class token's row of the block's attention, and LN* and MLP* are the transposed maps with everything that is held. All of
 * it is linear in u, so the maps of the unit vectors are a basis, as they are for CDAM (class-row.ts).
 */
import { add, full, matmul, mul, reshape, slice, sum, type Tensor, tensor, tidy, transpose } from '@cdam/tensor';
import type { Block, VisionTransformer } from '@cdam/vit';
import { alongValues, type ClassAttention, classAttention } from './class-attention.ts';
import { backThrough, retained, rowwise } from './class-row.ts';

/** What the class token's row needs of a block. */
interface Page {
  readonly block: Block;
  readonly attention: ClassAttention;
  /** Points of the row, [1, 1, ...]: before norm1 and before norm2. */
  readonly points: { readonly entered: Tensor; readonly attended: Tensor };
  /** The gate of the MLP's activation, [1, 1, mlpWidth]. */
  readonly gate: Tensor;
}

/** The class token's row through all blocks of one picture. For models whose head reads the class token alone. */
export class Ledger {
  readonly #vit: VisionTransformer;
  readonly #pages: readonly Page[];
  /** The row before the final norm, [1, 1, width]. */
  readonly #out: Tensor;
  /** What the head reads, z: [1, width]. */
  readonly latent: Tensor;
  #basis: Tensor | undefined;

  /** @param streams what enters each block, [1, tokens, width] each */
  constructor(vit: VisionTransformer, streams: readonly Tensor[]) {
    this.#vit = vit;
    let out: Tensor | undefined;
    this.#pages = streams.map((stream, i) => {
      const last = i === streams.length - 1;
      const made = tidy(vit.backend, () => readPage(vit, vit.block(i), stream, last));
      out = made.out ?? out;
      return made.page;
    });
    if (out === undefined) throw new RangeError('Ledger: there are no blocks');
    this.#out = out;
    this.latent = tidy(vit.backend, () => reshape(vit.finalNorm(this.#out), [1, vit.config.width]).retain());
  }

  /**
   * Maps of targets given by their gradient with respect to the latent.
   *
   * @param gradients u = ∂f/∂z of each target, [1, targets, width]
   * @returns [1, targets, patches]
   */
  maps(gradients: Tensor): Tensor {
    return tidy(this.#vit.backend, () => {
      if ((gradients.shape[1] ?? 0) > this.#vit.config.width) this.makeBasis();
      return this.#basis === undefined ? this.#read(gradients) : matmul(gradients, this.#basis);
    });
  }

  /** The basis, [1, width, patches]: row j is the map of z_j. Made once, and used by `maps` from then on. */
  makeBasis(): Tensor {
    const { width } = this.#vit.config;
    const unit = new Float32Array(width * width);
    for (let i = 0; i < width; i++) unit[i * (width + 1)] = 1;
    this.#basis ??= tidy(this.#vit.backend, () => this.#read(tensor(this.#vit.backend, unit, [1, width, width])).retain());
    return this.#basis;
  }

  /** Frees everything but the streams. */
  dispose(): void {
    for (const { attention, points, gate } of this.#pages) {
      for (const kept of [...Object.values(attention), ...Object.values(points), gate]) kept.dispose();
    }
    for (const kept of [this.#out, this.latent, this.#basis]) kept?.dispose();
  }

  #read(u: Tensor): Tensor {
    const { prefixTokens } = this.#vit.config;
    let r = rowwise((x) => this.#vit.finalNorm(x), this.#out, u, 'frozen-gates');
    let scores: Tensor | undefined;
    for (const page of this.#pages.toReversed()) {
      const { block, points, gate } = page;
      const ofHidden = mul(backThrough(block.fc2, r), gate);
      r = add(
        r,
        rowwise((x) => block.norm2(x), points.attended, backThrough(block.fc1, ofHidden), 'frozen-gates'),
      );
      const g = backThrough(block.proj, r);
      const read = this.#readings(page, g);
      scores = scores === undefined ? read : add(scores, read);
      r = add(
        r,
        rowwise((x) => block.norm1(x), points.entered, this.#fromItself(page, g), 'frozen-gates'),
      );
    }
    if (scores === undefined) throw new RangeError('Ledger: there are no blocks');
    return slice(scores, 2, prefixTokens, scores.shape[2] ?? 0);
  }

  /** Σ_h a_i^h·(g^h·v_i^h) for every token: [1, targets, tokens]. */
  #readings({ block, attention }: Page, g: Tensor): Tensor {
    const { heads, width } = this.#vit.config;
    const [, targets = 1] = g.shape;
    const tokens = attention.tokens.shape[1] ?? 1;
    if (targets * heads > width) {
      const values = block.part('value', attention.tokens);
      const weights = reshape(transpose(attention.weights, [0, 2, 1]), [1, tokens, heads, 1]);
      const weighted = reshape(mul(reshape(values, [1, tokens, heads, width / heads]), weights), [1, tokens, width]);
      return matmul(g, weighted, { transposeB: true });
    }
    const along = alongValues(this.#vit, attention, g, block);
    const bias = block.biasOfPart('value');
    const whole =
      bias === undefined
        ? along
        : add(along, reshape(sum(reshape(mul(g, bias), [1, targets, heads, -1]), { axes: [3] }), [1, targets, heads, 1]));
    return sum(mul(whole, reshape(attention.weights, [1, 1, heads, tokens])), { axes: [2] });
  }

  /** Σ_h a_cls^h·W_v^hᵀ·g^h: [1, targets, width]. */
  #fromItself({ block, attention }: Page, g: Tensor): Tensor {
    const { heads, width } = this.#vit.config;
    const own = reshape(slice(attention.weights, 2, 0, 1), [1, 1, heads, 1]);
    const weighted = reshape(mul(reshape(g, [1, -1, heads, width / heads]), own), g.shape);
    return matmul(weighted, block.weightOfPart('value'));
  }
}

function readPage(vit: VisionTransformer, block: Block, stream: Tensor, last: boolean): { page: Page; out: Tensor | undefined } {
  const attention = classAttention(vit, block.norm1(stream), block);
  const entered = slice(stream, 1, 0, 1);
  const attended = block.project(attention.mixed, entered);
  const hidden = block.expand(block.norm2(attended));
  const ones = full(vit.backend, hidden.shape, 1);
  const gate = rowwise((x) => block.activate(x), hidden, ones, 'frozen-gates');
  return {
    page: { block, attention: retained(attention), points: retained({ entered, attended }), gate: gate.retain() },
    out: last ? block.contract(block.activate(hidden), attended).retain() : undefined,
  };
}
