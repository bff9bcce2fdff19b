/**
 * Scaled dot-product attention (Vaswani et al. 2017) over heads that lie side by side in a token: token rows are
 * heads·headSize wide, as the linear layers before and after it have them, so nothing is transposed in memory.
 *
 * The fused form never holds the queries × keys matrix. `attentionWithWeights` computes it step by step and returns it.
 */
import type { AttentionSize, HeadRows } from '../backend.ts';
import { describe, TensorError } from '../errors.ts';
import { operation, shared } from '../operation.ts';
import type { Shape } from '../shape.ts';
import { type Tensor, tidy, wrap } from '../tensor.ts';
import { mul } from './arithmetic.ts';
import { matmul } from './linear.ts';
import { concat, reshape, transpose } from './movement.ts';
import { softmax } from './softmax.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Multiplies the scores; 1/√headSize by default. */
  readonly scale?: number;
}

/**
 * softmax(scale · q·kᵀ)·v per head.
 *
 * @param q [batch, queries, heads·headSize]
 * @param k [batch, keys, heads·headSize]
 * @param v as k
 * @returns as q
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const size = attentionSize(q.shape, k.shape, v.shape, options);
  const [rowsQ, rowsK, rowsV] = [wholeRows(q), wholeRows(k), wholeRows(v)];
  return operation('attention', { q, k, v }, (backend) => {
    const result = backend.attention(rowsQ, rowsK, rowsV, size);
    const output = wrap(backend, result.out, q.shape);
    const logSumExp = wrap(backend, result.logSumExp, [size.batch, size.heads, size.queries]);
    const gradient = shared((dy) => {
      const { dq, dk, dv } = backend.attentionGradient(rowsQ, rowsK, rowsV, output.storage, logSumExp.storage, dy.storage, size);
      return { q: wrap(backend, dq, q.shape), k: wrap(backend, dk, k.shape), v: wrap(backend, dv, v.shape) };
    });
    return { output, saved: [logSumExp], gradients: { q: (dy) => gradient(dy).q, k: (dy) => gradient(dy).k, v: (dy) => gradient(dy).v } };
  });
}

/**
 * Attention of tokens among themselves, from one linear layer's packed output.
 *
 * @param qkv [batch, tokens, 3·heads·headSize]: a token's queries, then its keys, then its values
 * @returns [batch, tokens, heads·headSize]
 */
export function selfAttention(qkv: Tensor, options: AttentionOptions): Tensor {
  const [batch = 1, tokens = 1, packed = 1] = qkv.shape;
  const shape = [batch, tokens, packed / 3];
  const size = attentionSize(shape, shape, shape, options);
  const part = (i: number): HeadRows => ({ storage: qkv.storage, offset: (i * packed) / 3, stride: packed });
  return operation('selfAttention', { qkv }, (backend) => {
    const result = backend.attention(part(0), part(1), part(2), size);
    const output = wrap(backend, result.out, shape);
    const logSumExp = wrap(backend, result.logSumExp, [size.batch, size.heads, size.queries]);
    return {
      output,
      saved: [logSumExp],
      gradients: {
        qkv: (dy) => {
          const { dq, dk, dv } = backend.attentionGradient(part(0), part(1), part(2), output.storage, logSumExp.storage, dy.storage, size);
          return concat(
            [dq, dk, dv].map((storage) => wrap(backend, storage, shape)),
            2,
          );
        },
      },
    };
  });
}

/**
 * Attention that also gives its weights, [batch, heads, queries, keys], each row summing to 1.
 * Arguments as for `attention`.
 */
export function attentionWithWeights(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): { output: Tensor; weights: Tensor } {
  const { batch, heads, headSize, scale } = attentionSize(q.shape, k.shape, v.shape, options);
  const byHead = (x: Tensor): Tensor => transpose(reshape(x, [batch, -1, heads, headSize]), [0, 2, 1, 3]);
  return tidy(q.backend, () => {
    const weights = softmax(matmul(mul(byHead(q), scale), byHead(k), { transposeB: true }));
    const output = reshape(transpose(matmul(weights, byHead(v)), [0, 2, 1, 3]), q.shape);
    return { output, weights };
  });
}

function wholeRows(x: Tensor): HeadRows {
  return { storage: x.storage, offset: 0, stride: x.shape.at(-1) ?? 1 };
}

function attentionSize(q: Shape, k: Shape, v: Shape, { heads, scale }: AttentionOptions): AttentionSize {
  const [batch, queries, width] = q;
  const [batchK, keys, widthK] = k;
  const fits = q.length === 3 && k.length === 3 && batch === batchK && width === widthK && k.every((n, i) => n === v[i]) && v.length === 3;
  if (!fits || batch === undefined || queries === undefined || width === undefined || keys === undefined) {
    throw new TensorError(
      'shape',
      `attention: q ${describe(q)}, k ${describe(k)} and v ${describe(v)} must be [batch, tokens, heads·headSize] with equal batch and width`,
    );
  }
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
    throw new TensorError('argument', `attention: ${heads} heads do not divide a width of ${width}`);
  }
  const headSize = width / heads;
  return { batch, heads, queries, keys, headSize, scale: scale ?? 1 / Math.sqrt(headSize) };
}
