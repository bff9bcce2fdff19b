/**
 * The ledger: what the class token read from each patch, in every block.
 *
 * With attention weights, the 1/σ of each norm and the gates of the activations held constant (the rule `frozen-gates` of the tape), the
 * row of the class token is a sum of what it read. A target's gradient r goes back along that one row, from u = ∂f/∂z:
 *
 *     r ← LN_f*(u), then for each block from the last to the first
 *     r ← r + LN2*(MLP*(r))                               through the block's MLP
 *     g = W_oᵀ·r                                          to what leaves its heads
 *     S_i ← S_i + Σ_h a_i^h·(g^h·v_i^h)                   what the class token read from token i; v with its bias
 *     r ← r + LN1*(Σ_h a_cls^h·W_v^hᵀ·g^h)                what it read from itself
 *
 * where a is the class token's row of the block's attention, and LN*(r) = (γ⊙r − mean(γ⊙r))/σ and MLP*(r) = W₁ᵀ·(G⊙W₂ᵀ·r), G being the
 * gates, are the transposed maps with everything that is held. All of it is linear in u, so the maps of the unit vectors are a basis, as they
 * are for CDAM (class-row.ts).
 *
 * The gain γ and the subtraction of the mean are folded into the weight before them, once for a model, so that each line above is one or
 * two products. The folded weights take as much memory as the model's own matrices.
 */
import {
  add,
  attention,
  attentionTerms,
  broadcastTo,
  concat,
  div,
  gateOf,
  linear,
  matmul,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  sub,
  type Tensor,
  tidy,
  transpose,
} from '@cdam/tensor';
import type { Block, BlockTrace, Layer, VisionTransformer } from '@cdam/vit';
import { retained, rowwise, unitRows } from './class-row.ts';

/** What a picture's class token meets in one block, in the letters of the formulas above. */
interface Page {
  readonly block: Block;
  /** G, [mlpWidth]. */
  readonly gates: Tensor;
  /** a_i^h·v_i^h, all heads side by side, [tokens, width]. */
  readonly terms: Tensor;
  /** a_cls^h, repeated over each head's features, [width]. */
  readonly own: Tensor;
}

/** The class token's row through all blocks of one picture. For models whose head reads the class token alone. */
export class Ledger {
  readonly #vit: VisionTransformer;
  readonly #pages: readonly Page[];
  /** 1/σ of norm1 and of norm2 of the first block, of the second, …: [2·blocks, width], rows of equal numbers. */
  readonly #rstd: Tensor;
  /** The row before the final norm, [1, 1, width]. */
  readonly #out: Tensor;
  /** What the head reads, z: [1, width]. */
  readonly latent: Tensor;
  #basis: Tensor | undefined;

  /**
   * @param stream the residual stream before the last block, [1, tokens, width]
   * @param traces of the blocks before it
   */
  constructor(vit: VisionTransformer, stream: Tensor, traces: readonly BlockTrace[]) {
    this.#vit = vit;
    const made = tidy(vit.backend, () => {
      const last = lastBlock(vit, stream);
      const rows = [...traces, last.trace];
      const pages = rows.map((row, i) => retained(pageOf(vit, vit.block(i), row)));
      const rstd = rstdOf(
        vit,
        rows.flatMap(({ entered, attended }) => [entered, attended]),
      ).retain();
      return { pages, rstd, out: last.out.retain(), latent: reshape(vit.finalNorm(last.out), [1, vit.config.width]).retain() };
    });
    this.#pages = made.pages.map((page, i) => ({ ...page, block: vit.block(i) }));
    this.#rstd = made.rstd;
    this.#out = made.out;
    this.latent = made.latent;
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
    this.#basis ??= tidy(this.#vit.backend, () => this.#read(unitRows(this.#vit, 1)).retain());
    return this.#basis;
  }

  /**
   * What each patch sent to the class token straight to the output, past all later blocks: Σ_l Σ_h a_i^h·(g^h·v_i^h) with g = W_oᵀ·LN_f*(u). These
   * are the readings of the ledger without its first and last line of each block.
   *
   * @param gradients u = ∂f/∂z of each target, [1, targets, width]
   * @returns [1, targets, patches]
   */
  directMaps(gradients: Tensor): Tensor {
    const vit = this.#vit;
    return tidy(vit.backend, () => {
      const r = rowwise((x) => vit.finalNorm(x), this.#out, gradients, 'frozen-gates');
      let scores: Tensor | undefined;
      for (const { block, terms } of this.#pages)
        scores = linear(linear(r, outward(vit, block, 'attn.proj', block.proj)), terms, undefined, { residual: scores });
      if (scores === undefined) throw new RangeError('Ledger: there are no blocks');
      return slice(scores, 2, vit.config.prefixTokens, scores.shape[2] ?? 0);
    });
  }

  /** Frees all of it. */
  dispose(): void {
    for (const { block: _, ...kept } of this.#pages) for (const tensor of Object.values(kept)) tensor.dispose();
    for (const kept of [this.#rstd, this.#out, this.latent, this.#basis]) kept?.dispose();
  }

  #read(u: Tensor): Tensor {
    const vit = this.#vit;
    let r = rowwise((x) => vit.finalNorm(x), this.#out, u, 'frozen-gates');
    let scores: Tensor | undefined;
    for (const [i, { block, gates, terms, own }] of Array.from(this.#pages.entries()).toReversed()) {
      const hidden = linear(r, outward(vit, block, 'mlp.fc2', block.fc2), undefined, { scale: gates });
      r = linear(
        hidden,
        inward(vit, block, 'norm2', () => block.fc1.weight),
        undefined,
        { scale: this.#rstd, scaleRow: 2 * i + 1, residual: r },
      );
      const g = linear(r, outward(vit, block, 'attn.proj', block.proj));
      scores = linear(g, terms, undefined, { residual: scores });
      if (i === 0) break; // Nobody asks what comes before the first block.
      r = linear(
        mul(g, own),
        inward(vit, block, 'norm1', () => block.weightOfPart('value')),
        undefined,
        { scale: this.#rstd, scaleRow: 2 * i, residual: r },
      );
    }
    if (scores === undefined) throw new RangeError('Ledger: there are no blocks');
    return slice(scores, 2, vit.config.prefixTokens, scores.shape[2] ?? 0);
  }
}

/** (LayerScale ⊙ W)ᵀ, [in, out], as `linear` takes it to bring gradients of a layer's output to its input. */
function outward(vit: VisionTransformer, block: Block, name: string, { weight, scale }: Layer): Tensor {
  return vit.derived(`ledger of ${block.name}.${name}`, () =>
    transpose(scale === undefined ? weight : mul(weight, reshape(scale, [-1, 1]))),
  );
}

/** γ ⊙ W with the mean of each row taken off, transposed: the layer behind a norm, and the norm but for 1/σ, for gradients: [in, out]. */
function inward(vit: VisionTransformer, block: Block, norm: string, weightOf: () => Tensor): Tensor {
  return vit.derived(`ledger of ${block.name}.${norm}`, () => {
    const scaled = mul(weightOf(), vit.weight(`${block.name}.${norm}.weight`));
    return transpose(sub(scaled, mean(scaled, { axes: [1], keepDims: true })));
  });
}

/** The last block as far as the class token needs it: nobody has computed more than the stream before it. */
export function lastBlock(vit: VisionTransformer, stream: Tensor): { trace: BlockTrace; out: Tensor } {
  const { width, heads } = vit.config;
  const block = vit.lastBlock;
  const qkv = block.attentionInputs(block.norm1(stream));
  const query = slice(slice(qkv, 1, 0, 1), 2, 0, width);
  const mixed = attention(query, slice(qkv, 2, width, 2 * width), slice(qkv, 2, 2 * width, 3 * width), { heads });
  const entered = slice(stream, 1, 0, 1);
  const attended = block.project(mixed, entered);
  return { trace: { qkv, entered, attended }, out: block.transform(attended) };
}

/** What the class token meets in a block. */
function pageOf(vit: VisionTransformer, block: Block, { qkv, attended }: BlockTrace): { gates: Tensor; terms: Tensor; own: Tensor } {
  const { width, heads, activation } = vit.config;
  const { terms, own } = attentionTerms(qkv, { heads });
  const gates = gateOf(block.expand(block.norm2(attended)), activation);
  return { gates: reshape(gates, [-1]), terms: reshape(terms, [-1, width]), own: reshape(own, [width]) };
}

/** 1/σ of rows of the stream, all at once: [rows, width], each in all features. */
function rstdOf(vit: VisionTransformer, points: readonly Tensor[]): Tensor {
  const { width, epsilon } = vit.config;
  const rows = reshape(concat(points, 0), [-1, width]);
  const centred = sub(rows, mean(rows, { axes: [1], keepDims: true }));
  const variance = mean(mul(centred, centred), { axes: [1], keepDims: true });
  return broadcastTo(div(1, sqrt(add(variance, epsilon))), rows.shape);
}
