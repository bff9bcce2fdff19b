/**
 * The parts of a ledger: what u·z, the target as far as it is linear in the latent, is made of. For people and tests who want to know where a
 * number comes from; a map alone is cheaper by ledger.ts, whose sums this file keeps apart.
 *
 * With the letters of ledger.ts, each of its steps turns one product of r with the class token's row into the next and leaves what is constant
 * behind: r·x after a block is r·x before it, with r one step further back, plus the readings of that block and its biases. At the end r meets
 * the embedding x₀. So, exactly,
 *
 *     u·z = Σ_blocks Σ_heads Σ_tokens readings + r·x₀ + biases
 *
 *     readings    a_i^h·(g^h·v_i^h) of patches and of prefix tokens other than the class token, v with its bias;
 *                 of the class token itself a_cls^h·g^h·(W_v·β₁ + b_v): the rest of what it read of itself is followed further back
 *     biases      u·β of the final norm, and in each block r·b₂ + m·b₁ (MLP), W₁ᵀm·β₂ (norm2), r·b_o (projection)
 *
 * where m = G⊙W₂ᵀ·r. It steps along the model's own layers, by the rule `frozen-gates` of the tape, and not by the weights that ledger.ts folds
 * together: the two are checked against each other.
 */
import { add, attentionWithWeights, concat, full, matmul, mul, reshape, slice, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { Block, BlockTrace, Layer, VisionTransformer } from '@cdam/vit';
import { backThrough, rowwise } from './class-row.ts';
import { lastBlock } from './ledger.ts';

/** The parts of some targets, on the backend. Blocks are counted from the first. The caller owns them. */
export interface LedgerPartTensors {
  /** What each head read of each token, prefix tokens first: [targets, blocks, heads, prefixTokens + patches]. */
  readonly readings: Tensor;
  /** The biases of MLP, norm2 and projection, [targets, blocks, 3]. */
  readonly biases: Tensor;
  /** What the class token's embedding, with its position, says itself: [targets, 1]. */
  readonly embedding: Tensor;
  /** The bias of the final norm, [targets, 1]. */
  readonly finalNorm: Tensor;
  /** u·z, what all parts sum to: [targets, 1]. */
  readonly explained: Tensor;
}

/**
 * The parts of targets.
 *
 * @param stream the residual stream before the last block, [1, tokens, width]
 * @param traces of the blocks before it
 * @param u ∂f/∂z of each target, [1, targets, width]
 */
export function ledgerParts(vit: VisionTransformer, stream: Tensor, traces: readonly BlockTrace[], u: Tensor): LedgerPartTensors {
  const { depth, finalNorm } = vit.config;
  return tidy(vit.backend, () => {
    const last = lastBlock(vit, stream);
    const rows = [...traces, last.trace];
    const blocks: BlockParts[] = [];
    let r = rowwise((x) => vit.finalNorm(x), last.out, u, 'frozen-gates');
    for (const [i, trace] of Array.from(rows.entries()).toReversed()) {
      const parts = throughBlock(vit, vit.block(i), trace, r);
      r = parts.before;
      blocks.unshift(parts);
    }
    const [first = last.trace] = rows;
    const targets = u.shape[1] ?? 1;
    return {
      readings: concat(
        blocks.map(({ readings }) => readings),
        1,
      ),
      biases: reshape(
        concat(
          blocks.flatMap(({ biases }) => biases),
          2,
        ),
        [targets, depth, 3],
      ),
      embedding: reshape(along(r, first.entered), [targets, 1]),
      finalNorm: reshape(along(u, vit.weight(`${finalNorm}.bias`)), [targets, 1]),
      explained: reshape(along(u, vit.finalNorm(last.out)), [targets, 1]),
    };
  });
}

interface BlockParts {
  /** r at the block's input, [1, targets, width]. */
  readonly before: Tensor;
  /** [targets, 1, heads, tokens] */
  readonly readings: Tensor;
  /** Of MLP, norm2 and projection, [1, targets, 1] each. */
  readonly biases: readonly Tensor[];
}

/** Brings r from the output of a block to its input, and takes down what the block adds. */
function throughBlock(vit: VisionTransformer, block: Block, { qkv, entered, attended }: BlockTrace, r: Tensor): BlockParts {
  const hidden = block.expand(block.norm2(attended));
  const m = rowwise((x) => block.activate(x), hidden, backThrough(block.fc2, r), 'frozen-gates');
  const normalised = backThrough(block.fc1, m);
  const between = add(
    r,
    rowwise((x) => block.norm2(x), attended, normalised, 'frozen-gates'),
  );
  const g = backThrough(block.proj, between);
  const { readings, own } = readingsOf(vit, block, qkv, g);
  const tokens = matmul(mul(g, own), block.weightOfPart('value'));
  return {
    before: add(
      between,
      rowwise((x) => block.norm1(x), entered, tokens, 'frozen-gates'),
    ),
    readings,
    biases: [
      add(along(r, biasOf(block.fc2)), along(m, biasOf(block.fc1))),
      along(normalised, vit.weight(`${block.name}.norm2.bias`)),
      along(between, biasOf(block.proj)),
    ],
  };
}

/** What each head read of each token, [targets, 1, heads, tokens]; and the class token's attention to itself beside each feature, [width]. */
function readingsOf(vit: VisionTransformer, block: Block, qkv: Tensor, g: Tensor): { readings: Tensor; own: Tensor } {
  const { width, heads } = vit.config;
  const [, targets = 1] = g.shape;
  const [, tokens = 1] = qkv.shape;
  const values = slice(qkv, 2, 2 * width, 3 * width);
  const query = slice(slice(qkv, 1, 0, 1), 2, 0, width);
  const { weights } = attentionWithWeights(query, slice(qkv, 2, width, 2 * width), values, { heads });
  // [rows, width] to [heads, rows, headSize]
  const byHead = (x: Tensor): Tensor => transpose(reshape(x, [-1, heads, width / heads]), [1, 0, 2]);
  // In place of the class token's value stands the value of a token whose norm1 is its bias alone.
  const constant = block.part('value', reshape(vit.weight(`${block.name}.norm1.bias`), [1, 1, width]));
  const read = tokens === 1 ? constant : concat([constant, slice(values, 1, 1, tokens)], 1);
  const along = mul(matmul(byHead(g), byHead(read), { transposeB: true }), reshape(weights, [heads, 1, tokens]));
  const own = mul(full(vit.backend, [heads, width / heads], 1), reshape(slice(weights, 3, 0, 1), [heads, 1]));
  return { readings: reshape(transpose(along, [1, 0, 2]), [targets, 1, heads, tokens]), own: reshape(own, [width]) };
}

/** The product of each row with a vector, [1, targets, 1]; 0 where a layer has no bias. @param rows [1, targets, n] */
function along(rows: Tensor, vector: Tensor | undefined): Tensor {
  if (vector === undefined) return full(rows.backend, [1, rows.shape[1] ?? 1, 1], 0);
  return matmul(rows, reshape(vector, [1, -1, 1]));
}

/** The bias of a layer as it reaches its output. */
function biasOf({ bias, scale }: Layer): Tensor | undefined {
  return bias === undefined || scale === undefined ? bias : mul(bias, scale);
}
