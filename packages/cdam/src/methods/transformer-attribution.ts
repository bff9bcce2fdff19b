/**
 * Transformer attribution (Chefer, Gur and Wolf, CVPR 2021): layer-wise relevance propagation from the class through all blocks, joined
 * with gradients. In each block, Ā = mean over heads of (∂f/∂A ⊙ R_A)⁺, where A are the attention weights, R_A their relevance and f the
 * logit of the class. A row begins as the class token's row of the identity matrix, and from the last block to the first r ← r + r·Ā. The
 * map is that row.
 *
 * Relevance starts as 1 at the class. A linear layer divides it by the rule α = 1 in one piece; a sum divides it in proportion to its terms
 * and keeps its whole; a product of two factors, A·V and Q·Kᵀ, divides it in proportion to its terms and gives half to either factor;
 * softmax, norms and activations pass it on. The rules, and that rows of Ā are not normalised, are those of the authors' code (its method
 * `transformer_attribution`); LayerScale, which their models do not have, is part of the layer before it.
 *
 * A sum whose terms nearly cancel gives them large and opposite relevance, and the blocks before it carry that on. So the relevance of
 * early blocks depends on how sums are rounded: the maps of two classes of DeiT-Ti, computed in 32 bits by PyTorch or a backend, differ
 * from those in 64 bits by 2 to 10 % of the largest score, and once by 85 %. `relevance`, which takes A in place of R_A, has no such
 * divisions.
 */
import { add, concat, full, matmul, mean, mul, relu, reshape, slice, type Tensor, tensor, tidy, transpose } from '@cdam/tensor';
import type { Block, VisionTransformer } from '@cdam/vit';
import { carryClassRow } from '../steps/block-attentions.ts';
import { checkHeadReadsClassToken } from '../steps/class-token-head.ts';
import { passGradients } from '../steps/pass-gradients.ts';
import { quotient, scaledWeight, throughLinearJointly, throughSumConserving, withoutResidual } from '../steps/relevance-rules.ts';
import { plainClass } from '../targets/target.ts';
import { batchMemory, inBatches } from '../view/batches.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method } from './method.ts';

export const transformerAttribution: Method<'transformer-attribution', Record<string, never>> = defineMethod({
  name: 'transformer-attribution',
  summary: 'layer-wise relevance of attention times its gradient, through all blocks (Chefer et al., CVPR 2021)',
  needs: 'attention of all blocks',
  cost: 'about 6',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'relevance',
  options: {},
  scores(view, targets) {
    const { vit } = view;
    checkHeadReadsClassToken(view, 'transformer-attribution', 'relevance');
    const indices = targets.map((target) => plainClass(target, 'transformer-attribution', 'relevance speaks for a class'));
    // The relevance of a token takes about as much memory as its activations, three times over while a layer is passed.
    const batches = inBatches(indices, 3 * vit.activationBytes(), batchMemory(vit.backend));
    return concat(
      batches.map((batch) => tidy(vit.backend, () => mapsOfClasses(view, batch))),
      0,
    );
  },
});

/** [classes, patches] */
function mapsOfClasses(view: View, classes: readonly number[]): Tensor {
  const { weights } = view.pass;
  const relevances = attentionRelevances(view, classes);
  const rows = passGradients(view, classes, 'logit', weights, 'true').map((gradients, t) => {
    const attentions = relevances.map((ofBlock, i) => mean(relu(mul(slice(ofBlock, 0, t, t + 1), gradients[i] ?? 0)), { axes: [0, 1] }));
    return carryClassRow(view, attentions, (row, product) => add(row, product));
  });
  return concat(rows, 0);
}

/** The relevance of each block's attention for classes, [classes, heads, queries, tokens], the first block first. */
function attentionRelevances({ vit, pass }: View, classes: readonly number[]): Tensor[] {
  const latent = reshape(pass.leaf(), [1, 1, -1]);
  const one = Float32Array.from({ length: classes.length * vit.config.classes }, (_, i) =>
    i % vit.config.classes === classes[Math.floor(i / vit.config.classes)] ? 1 : 0,
  );
  const start = tensor(vit.backend, one, [classes.length, 1, vit.config.classes]);
  let relevance = throughLinearJointly(latent, vit.weight('head.weight'), start);
  const found: Tensor[] = [];
  for (const [i, block] of [...vit.blocks.entries()].toReversed()) {
    const ofOutput = relevance;
    const made = tidy(vit.backend, () => {
      const activations = activationsOf(vit, block, pass.streams[i] as Tensor, pass.weights[i] as Tensor);
      return throughAttention(vit, block, activations, throughMlp(block, activations, ofOutput));
    });
    found.unshift(made.ofWeights);
    relevance = made.ofStream;
  }
  return found;
}

/** What a block computes from the stream as far as its attention, with the heads apart: [1, heads, rows, headSize]. */
interface Activations {
  /** norm1 of the stream, [1, tokens, width]. */
  readonly tokens: Tensor;
  readonly queries: Tensor;
  readonly keys: Tensor;
  readonly values: Tensor;
  /** [1, heads, queries, tokens] */
  readonly weights: Tensor;
  /** What leaves the heads, [1, queries, width]. */
  readonly mixed: Tensor;
  /** The rows of the stream that are queries, and what the attention adds to them: [1, queries, width]. */
  readonly entered: Tensor;
  readonly projected: Tensor;
}

function activationsOf(vit: VisionTransformer, block: Block, stream: Tensor, weights: Tensor): Activations {
  const { width } = vit.config;
  const [, , rows = 1] = weights.shape;
  const tokens = block.norm1(stream);
  const qkv = block.attentionInputs(tokens);
  const part = (i: number): Tensor => apart(vit, slice(qkv, 2, i * width, (i + 1) * width));
  const [queries, keys, values] = [slice(part(0), 2, 0, rows), part(1), part(2)];
  const mixed = together(vit, matmul(weights, values));
  const entered = slice(stream, 1, 0, rows);
  return { tokens, queries, keys, values, weights, mixed, entered, projected: withoutResidual(block.proj, mixed) };
}

/** From the relevance of a block's output, [classes, queries, width], to that of the stream between attention and MLP, in its shape. */
function throughMlp(block: Block, { entered, projected }: Activations, relevance: Tensor): Tensor {
  const attended = add(entered, projected);
  const normalised = block.norm2(attended);
  const hidden = block.activate(block.expand(normalised));
  const [ofSkip, ofAdded] = throughSumConserving(attended, withoutResidual(block.fc2, hidden), relevance);
  const ofHidden = throughLinearJointly(hidden, scaledWeight(block.fc2), ofAdded);
  return add(ofSkip, throughLinearJointly(normalised, block.fc1.weight, ofHidden));
}

/** From the relevance of the stream after a block's attention to that of the attention weights, and of the stream before the block. */
function throughAttention(
  vit: VisionTransformer,
  block: Block,
  made: Activations,
  relevance: Tensor,
): { ofWeights: Tensor; ofStream: Tensor } {
  const { tokens, queries, keys, values, weights, mixed, entered, projected } = made;
  const [ofSkip, ofProjected] = throughSumConserving(entered, projected, relevance);
  const ofMixed = throughLinearJointly(mixed, scaledWeight(block.proj), ofProjected);
  const [ofWeights, ofValues] = throughProduct(weights, values, apart(vit, mixed), apart(vit, ofMixed));
  const [ofQueries, ofKeys] = throughProduct(queries, transpose(keys), matmul(queries, keys, { transposeB: true }), ofWeights);
  // Only the class token asks in the last block.
  const rows = tokens.shape[1] ?? 1;
  const ofQkv = concat([padded(together(vit, ofQueries), rows), together(vit, transpose(ofKeys)), together(vit, ofValues)], 2);
  return { ofWeights, ofStream: add(padded(ofSkip, rows), throughLinearJointly(tokens, block.qkv.weight, ofQkv)) };
}

/** The relevance of a and of b, half to either, from that of the matrix product a·b. */
function throughProduct(a: Tensor, b: Tensor, product: Tensor, relevance: Tensor): [Tensor, Tensor] {
  const share = mul(quotient(relevance, product), 0.5);
  return [mul(a, matmul(share, b, { transposeB: true })), mul(b, matmul(a, share, { transposeA: true }))];
}

/** From all heads side by side, [batch, rows, width], to one after the other, [batch, heads, rows, headSize]. */
function apart({ config: { heads, width } }: VisionTransformer, x: Tensor): Tensor {
  const [batch = 1] = x.shape;
  return transpose(reshape(x, [batch, -1, heads, width / heads]), [0, 2, 1, 3]);
}

/** The inverse of `apart`. */
function together({ config: { width } }: VisionTransformer, x: Tensor): Tensor {
  const [batch = 1] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, -1, width]);
}

/** With rows of zeros behind the others, so that there are as many as tokens. */
function padded(x: Tensor, tokens: number): Tensor {
  const [batch = 1, rows = 1, width = 1] = x.shape;
  return rows === tokens ? x : concat([x, full(x.backend, [batch, tokens - rows, width], 0)], 1);
}
