/**
 * Attention in steps, with the matrix of scores in memory: for adapters that compute on a processor. There, matrix products by
 * subgroups are several times faster than a kernel in which every lane has a query of its own. The scores need memory, so a few pairs of
 * batch and head are done at a time.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { type Dispatch, defineKernel } from '../kernel.ts';
import { appendProduct, type Matrices, type Product } from '../matmul/product.ts';
import { foldWorkgroups, type Runtime, subgroupLanes } from '../runtime.ts';
import source from './attention-weights.wgsl';
import gradientSource from './attention-weights-gradient.wgsl';

/** Floats that the scores of the pairs done at a time may have, unless those of a single pair are more. */
const MOST_SCORES = 4 * 1024 * 1024;

const UNIFORMS = { rows: 'u32', keys: 'u32', vectors: 'u32', first: 'u32', scale: 'f32' } as const;

const weightsKernel = defineKernel({
  name: 'attention-weights',
  source,
  uniforms: UNIFORMS,
  inputs: [],
  outputs: ['scores', 'logSumExp'],
  constants: ['LANES'],
});

const gradientKernel = defineKernel({
  name: 'attention-weights-gradient',
  source: gradientSource,
  uniforms: UNIFORMS,
  inputs: ['logSumExp'],
  outputs: ['scores', 'gradients'],
  constants: ['LANES'],
});

/** Whether attention and its gradient are faster in steps on this adapter. */
export function prefersSteps(runtime: Runtime): boolean {
  return runtime.software && subgroupLanes(runtime) !== undefined;
}

/** As `attention` in attention.ts. `mostScores` bounds the floats that the scores of the pairs done at a time may have. */
export function attentionInSteps(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
  mostScores: number = MOST_SCORES,
): { out: Storage; logSumExp: Storage } {
  const { batch, heads, queries, keys, headSize } = size;
  const out = runtime.allocate(batch * queries * heads * headSize, 'attention');
  const logSumExp = runtime.allocate(batch * heads * queries, 'attention');
  for (const part of partsOf(size, mostScores)) {
    const [rowsQ, rowsK, rowsV] = [rowsOf(part, q, queries), rowsOf(part, k, keys), rowsOf(part, v, keys)];
    const scores = allocateScores(runtime, part);
    appendProduct(runtime, productOf(part, rowsQ, rowsK, [queries, headSize, keys], 'scores'), scores);
    runtime.run(weightsKernel, { ...rowDispatch(runtime, part), inputs: {}, outputs: { scores: scores.storage, logSumExp } });
    appendProduct(runtime, productOf(part, scores, rowsV, [queries, keys, headSize], 'weighted'), denseRowsOf(part, out, queries));
    runtime.release(scores.storage);
  }
  return { out, logSumExp };
}

/** As `attentionGradient` in attention-gradient.ts. `mostScores` as above. */
export function attentionGradientInSteps(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  logSumExp: Storage,
  dout: Storage,
  size: AttentionSize,
  mostScores: number = MOST_SCORES,
): { dq: Storage; dk: Storage; dv: Storage } {
  const { batch, heads, queries, keys, headSize } = size;
  const allocate = (tokens: number): Storage => runtime.allocate(batch * tokens * heads * headSize, 'attentionGradient');
  const [dq, dk, dv] = [allocate(queries), allocate(keys), allocate(keys)];
  for (const part of partsOf(size, mostScores)) {
    const [rowsQ, rowsK, rowsV] = [rowsOf(part, q, queries), rowsOf(part, k, keys), rowsOf(part, v, keys)];
    const rowsOut = denseRowsOf(part, dout, queries);
    const [scores, gradients] = [allocateScores(runtime, part), allocateScores(runtime, part)];
    appendProduct(runtime, productOf(part, rowsQ, rowsK, [queries, headSize, keys], 'scores'), scores);
    appendProduct(runtime, productOf(part, rowsOut, rowsV, [queries, headSize, keys], 'scores'), gradients);
    const outputs = { scores: scores.storage, gradients: gradients.storage };
    runtime.run(gradientKernel, { ...rowDispatch(runtime, part), inputs: { logSumExp }, outputs });
    appendProduct(runtime, productOf(part, scores, rowsOut, [keys, queries, headSize], 'transposed'), denseRowsOf(part, dv, keys));
    appendProduct(runtime, productOf(part, gradients, rowsQ, [keys, queries, headSize], 'transposed'), denseRowsOf(part, dk, keys));
    appendProduct(runtime, productOf(part, gradients, rowsK, [queries, keys, headSize], 'weighted'), denseRowsOf(part, dq, queries));
    runtime.release(scores.storage);
    runtime.release(gradients.storage);
  }
  return { dq, dk, dv };
}

/** Pairs of batch and head that are done at a time: all heads of some batches, or some heads of one. They are numbered from 0. */
interface Part {
  readonly size: AttentionSize;
  readonly firstBatch: number;
  readonly firstHead: number;
  readonly batches: number;
  readonly heads: number;
  /** Length of a row of scores: the keys, filled up to a multiple of four. */
  readonly line: number;
}

function partsOf(size: AttentionSize, mostScores: number): Part[] {
  const { batch, heads, queries, keys } = size;
  const line = Math.ceil(keys / 4) * 4;
  const most = Math.max(1, Math.floor(mostScores / (queries * line)));
  const [batchStep, headStep] = most < heads ? [1, most] : [Math.floor(most / heads), heads];
  const parts: Part[] = [];
  for (let firstBatch = 0; firstBatch < batch; firstBatch += batchStep) {
    const batches = Math.min(batchStep, batch - firstBatch);
    for (let firstHead = 0; firstHead < heads; firstHead += headStep) {
      parts.push({ size, firstBatch, firstHead, batches, heads: Math.min(headStep, heads - firstHead), line });
    }
  }
  return parts;
}

/** x·yᵀ for scores, weights·y, or weightsᵀ·y, for each pair of a part: [m, k] times [k, n]. */
function productOf(
  { batches, heads }: Part,
  a: Matrices,
  b: Matrices,
  [m, k, n]: readonly [number, number, number],
  what: 'scores' | 'weighted' | 'transposed',
): Product {
  return {
    op: 'attention',
    ...{ a, b, pairs: batches * heads, heads, m, n, k, epilogue: {}, slices: 1 },
    transposeA: what === 'transposed',
    transposeB: what === 'scores',
    paddedA: what === 'weighted',
  };
}

function allocateScores(runtime: Runtime, { size: { queries }, batches, heads, line }: Part): Matrices {
  const head = queries * line;
  return { storage: runtime.allocate(batches * heads * head, 'attention'), offset: 0, line, head, batch: heads * head };
}

function rowDispatch(
  runtime: Runtime,
  { size, firstBatch, firstHead, batches, heads, line }: Part,
): Pick<Dispatch<typeof weightsKernel>, 'uniforms' | 'constants' | 'workgroups'> {
  const { queries, keys, scale } = size;
  const rows = batches * heads * queries;
  const first = (firstBatch * size.heads + firstHead) * queries;
  return {
    uniforms: { rows, keys, vectors: line / 4, first, scale },
    constants: { LANES: subgroupLanes(runtime) ?? 8 },
    workgroups: foldWorkgroups(rows, runtime),
  };
}

/** The matrices [tokens, headSize] of a part's pairs. */
function rowsOf({ size: { headSize }, firstBatch, firstHead }: Part, { storage, offset, stride }: HeadRows, tokens: number): Matrices {
  const batch = tokens * stride;
  return { storage, offset: offset + firstBatch * batch + firstHead * headSize, line: stride, head: headSize, batch };
}

function denseRowsOf(part: Part, storage: Storage, tokens: number): Matrices {
  return rowsOf(part, { storage, offset: 0, stride: part.size.heads * part.size.headSize }, tokens);
}
