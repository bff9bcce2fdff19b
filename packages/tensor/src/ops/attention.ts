/**
 * Scaled dot-product attention (Vaswani et al. 2017). The heads lie side by side in each token, which is heads·headSize wide, just as
 * the linear layers before and after attention have them. So nothing has to be transposed.
 *
 * `attention` and `selfAttention` never store the queries × keys weights. `attentionWithWeights` computes them step by step and returns
 * them.
 */
import type { AttentionSize, HeadRows } from '../backend.ts';
import { checkNumber, describe, TensorError } from '../errors.ts';
import { commonBackend, isRecording, operation, shared } from '../operation.ts';
import { type Shape, sameShape } from '../shape.ts';
import { full, type Tensor, tidy, wrap } from '../tensor.ts';
import { mul } from './arithmetic.ts';
import { matmul } from './linear.ts';
import { concat, reshape, slice, transpose } from './movement.ts';
import { broadcastTo } from './reduce.ts';
import { softmax } from './softmax.ts';

/** How attention is computed. */
export interface AttentionOptions {
  /** The number of heads, each of which has its own part of a token's width. */
  readonly heads: number;
  /** Multiplies the scores q·k; a finite number, 1/√headSize by default. */
  readonly scale?: number;
}

/**
 * softmax(scale · q·kᵀ)·v per head.
 *
 * @param q [batch, queries, heads·headSize]
 * @param k [batch, keys, heads·headSize]
 * @param v as k
 * @returns as q
 * @throws TensorError `shape` when q, k and v do not have these shapes; `argument` when the heads do not divide the width, the scale is
 * not finite, or the tensors live on several backends
 * @example
 * const [q, kv] = [full(backend, [1, 1, 2], 1), tensor(backend, [1, 3, 5, 7], [1, 2, 2])];
 * attention(q, kv, kv, { heads: 1, scale: 0 }); // Tensor [1, 1, 2] on reference: 3, 5
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const size = attentionSize('attention', q.shape, k.shape, v.shape, options);
  const [rowsQ, rowsK, rowsV] = [wholeRows(q), wholeRows(k), wholeRows(v)];
  return operation('attention', { q, k, v }, (backend) => {
    const result = backend.attention(rowsQ, rowsK, rowsV, size);
    const output = wrap(backend, result.out, q.shape);
    const logSumExp = wrap(backend, result.logSumExp, [size.batch, size.heads, size.queries]);
    const gradient = shared((dy) => {
      const { dq, dk, dv } = backend.attentionGradient(rowsQ, rowsK, rowsV, output.storage, logSumExp.storage, dy.storage, size);
      return { q: wrap(backend, dq, q.shape), k: wrap(backend, dk, k.shape), v: wrap(backend, dv, v.shape) };
    });
    return {
      output,
      saved: [logSumExp],
      gradients: { q: (dy) => gradient(dy).q, k: (dy) => gradient(dy).k, v: (dy) => gradient(dy).v },
      frozenGates: { q: undefined, k: undefined, v: (dy) => valueGradient(q, k, dy, size) },
    };
  });
}

/**
 * Attention of tokens among themselves, from the output of one linear layer that computes queries, keys and values together.
 *
 * @param qkv [batch, tokens, 3·heads·headSize]: the queries of a token, then its keys, then its values
 * @returns [batch, tokens, heads·headSize]
 * @throws TensorError `shape` when qkv has another number of axes; `argument` when 3·heads does not divide its width or the scale is not
 * finite
 * @example selfAttention(tensor(backend, [1, 2, 30, 1, 2, 50], [1, 2, 3]), { heads: 1 }); // Tensor [1, 2, 1] on reference: 40, 40
 */
export function selfAttention(qkv: Tensor, options: AttentionOptions): Tensor {
  const { size, width } = packedSize('selfAttention', qkv.shape, options);
  const shape = qkv.shape.with(2, width);
  const rows = packedRows(qkv);
  return operation('selfAttention', { qkv }, (backend) => {
    const result = backend.attention(...rows, size);
    const output = wrap(backend, result.out, shape);
    const logSumExp = wrap(backend, result.logSumExp, [size.batch, size.heads, size.queries]);
    return {
      output,
      saved: [logSumExp],
      gradients: {
        qkv: (dy) => {
          const { dq, dk, dv } = backend.attentionGradient(...rows, output.storage, logSumExp.storage, dy.storage, size);
          return concat(
            [dq, dk, dv].map((storage) => wrap(backend, storage, shape)),
            2,
          );
        },
      },
      frozenGates: {
        qkv: (dy) => {
          const [q, k] = [slice(qkv, 2, 0, width), slice(qkv, 2, width, 2 * width)];
          return concat([full(backend, shape.with(2, 2 * width), 0), valueGradient(q, k, dy, size)], 2);
        },
      },
    };
  });
}

/**
 * What the first token reads from each token in attention among themselves, as `selfAttention` has it: the terms of its mean of values.
 *
 * @param qkv as for `selfAttention`
 * @returns `terms`, weight times value, [batch, tokens, heads·headSize], whose sum over the tokens is the first row of `selfAttention`; and
 * `own`, the weight that the first token gives to itself, once for each feature of its head, [batch, heads·headSize]
 * @throws TensorError as `selfAttention` does
 * @example
 * const qkv = tensor(backend, [1, 2, 30, 1, 2, 50], [1, 2, 3]);
 * attentionTerms(qkv, { heads: 1 }).terms; // Tensor [1, 2, 1] on reference: 15, 25
 */
export function attentionTerms(qkv: Tensor, options: AttentionOptions): { terms: Tensor; own: Tensor } {
  const { size, width } = packedSize('attentionTerms', qkv.shape, options);
  const { batch, heads, keys, headSize, scale } = size;
  if (isRecording(qkv.backend)) {
    return tidy(qkv.backend, () => {
      const [q, k, v] = [slice(slice(qkv, 1, 0, 1), 2, 0, width), slice(qkv, 2, width, 2 * width), slice(qkv, 2, 2 * width, 3 * width)];
      // [batch, heads, 1, keys] to [batch, keys, heads, 1]
      const weights = transpose(attentionWithWeights(q, k, v, { heads, scale }).weights, [0, 3, 1, 2]);
      const terms = reshape(mul(weights, reshape(v, [batch, keys, heads, headSize])), [batch, keys, width]);
      return { terms, own: reshape(broadcastTo(slice(weights, 1, 0, 1), [batch, 1, heads, headSize]), [batch, width]) };
    });
  }
  const made = qkv.backend.attentionTerms(...packedRows(qkv), size);
  return { terms: wrap(qkv.backend, made.terms, [batch, keys, width]), own: wrap(qkv.backend, made.own, [batch, width]) };
}

/** The gradient of the values, with the attention weights held: weightsᵀ·dy per head, [batch, keys, heads·headSize]. */
function valueGradient(q: Tensor, k: Tensor, dy: Tensor, { batch, heads, keys, headSize, scale }: AttentionSize): Tensor {
  const byHead = (x: Tensor): Tensor => transpose(reshape(x, [batch, -1, heads, headSize]), [0, 2, 1, 3]);
  const weights = softmax(matmul(mul(byHead(q), scale), byHead(k), { transposeB: true }));
  return reshape(transpose(matmul(weights, byHead(dy), { transposeA: true }), [0, 2, 1, 3]), [batch, keys, heads * headSize]);
}

/**
 * Attention that also returns its weights, each row of which sums to 1.
 *
 * @param q [batch, queries, heads·headSize]
 * @param k [batch, keys, heads·headSize]
 * @param v as k
 * @returns `output` as q; `weights` [batch, heads, queries, keys], and `scores`, scale · q·kᵀ in the same shape, of which they are the softmax
 * @throws TensorError as `attention` does
 * @example
 * const [q, kv] = [full(backend, [1, 1, 2], 1), tensor(backend, [1, 3, 5, 7], [1, 2, 2])];
 * attentionWithWeights(q, kv, kv, { heads: 1, scale: 0 }).weights; // Tensor [1, 1, 1, 2] on reference: 0.5, 0.5
 */
export function attentionWithWeights(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
): { output: Tensor; weights: Tensor; scores: Tensor } {
  const { batch, heads, headSize, scale } = attentionSize('attentionWithWeights', q.shape, k.shape, v.shape, options);
  commonBackend('attentionWithWeights', [q, k, v]);
  const byHead = (x: Tensor): Tensor => transpose(reshape(x, [batch, -1, heads, headSize]), [0, 2, 1, 3]);
  return tidy(q.backend, () => {
    const scores = matmul(scale === 1 ? byHead(q) : mul(byHead(q), scale), byHead(k), { transposeB: true });
    const weights = softmax(scores);
    const output = reshape(transpose(matmul(weights, byHead(v)), [0, 2, 1, 3]), q.shape);
    return { output, weights, scores };
  });
}

function wholeRows(x: Tensor): HeadRows {
  return { storage: x.storage, offset: 0, stride: x.shape.at(-1) ?? 1 };
}

/** Queries, keys and values that lie side by side in each token. */
function packedRows(qkv: Tensor): [HeadRows, HeadRows, HeadRows] {
  const stride = qkv.shape.at(-1) ?? 1;
  const rows = (i: number): HeadRows => ({ storage: qkv.storage, offset: (i * stride) / 3, stride });
  return [rows(0), rows(1), rows(2)];
}

/** Checks packed q, k and v. */
function packedSize(op: string, qkv: Shape, options: AttentionOptions): { size: AttentionSize; width: number } {
  if (qkv.length !== 3) {
    throw new TensorError('shape', `${op}: qkv has the shape ${describe(qkv)}; it must be [batch, tokens, 3·heads·headSize]`);
  }
  return { size: sizeOfHeads(op, qkv, qkv, options, 3), width: (qkv.at(-1) ?? 1) / 3 };
}

/** Checks separate q, k and v. */
function attentionSize(op: string, q: Shape, k: Shape, v: Shape, options: AttentionOptions): AttentionSize {
  if (q.length !== 3 || k.length !== 3 || q[0] !== k[0] || q[2] !== k[2] || !sameShape(k, v)) {
    throw new TensorError(
      'shape',
      `${op}: q ${describe(q)}, k ${describe(k)} and v ${describe(v)} must be [batch, tokens, heads·headSize] with equal batch and width, and v as k`,
    );
  }
  return sizeOfHeads(op, q, k, options, 1);
}

/** Checks that `parts`·heads divide the width. */
function sizeOfHeads(op: string, q: Shape, k: Shape, { heads, scale }: AttentionOptions, parts: number): AttentionSize {
  const [batch = 1, queries = 1, width = 1] = q;
  if (!Number.isInteger(heads) || heads < 1 || width % (parts * heads) !== 0) {
    const rule = `the width must be ${parts === 1 ? '' : `${parts}·`}heads·headSize`;
    throw new TensorError('argument', `${op}: ${heads} heads do not divide a width of ${width}; ${rule}`);
  }
  const headSize = width / (parts * heads);
  const size = { batch, heads, queries, keys: k[1] ?? 1, headSize, scale: scale ?? 1 / Math.sqrt(headSize) };
  checkNumber(op, 'scale', size.scale, Number.isFinite(size.scale), 'a finite number');
  return size;
}
