/**
 * Attention in steps, with the matrix of scores in memory: for adapters that compute on a processor. There, matrix products by
 * subgroups are several times faster than a kernel in which every lane has a query of its own; what that costs is memory, which is
 * bounded by taking a few pairs of batch and head at a time.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { appendProduct, type Matrices, type Product } from '../matmul/product.ts';
import { foldWorkgroups, type Runtime, subgroupLanes } from '../runtime.ts';
import source from './attention-weights.wgsl';
import gradientSource from './attention-weights-gradient.wgsl';

/** Floats that the scores of the pairs done at a time may have, unless one pair has more. */
const MOST_SCORES = 4 * 1024 * 1024;

const UNIFORMS = { rows: 'u32', keys: 'u32', vectors: 'u32', first: 'u32', scale: 'f32' } as const;

const weightsKernel = defineKernel({ name: 'attention-weights', source, inputs: 0, outputs: 2, uniforms: UNIFORMS });

const gradientKernel = defineKernel({
  name: 'attention-weights-gradient',
  source: gradientSource,
  inputs: 1,
  outputs: 2,
  uniforms: UNIFORMS,
});

/** Whether `attention` and its gradient should be taken from here. */
export function prefersSteps(runtime: Runtime): boolean {
  return runtime.software && subgroupLanes(runtime) !== undefined;
}

/** As `attention` in attention.ts. */
export function attentionInSteps(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
): { out: Storage; logSumExp: Storage } {
  const { batch, heads, queries, keys, headSize } = size;
  const out = runtime.allocate(batch * queries * heads * headSize, 'attention');
  const logSumExp = runtime.allocate(batch * heads * queries, 'attention');
  for (const part of partsOf(size)) {
    const scores = scoresOf(runtime, part);
    appendProduct(runtime, part.product(matrices(q, queries, size), matrices(k, keys, size), queries, keys, headSize, 'scores'), scores);
    runtime.run(weightsKernel, { ...rowDispatch(runtime, part), inputs: [], outputs: [scores.storage, logSumExp] });
    appendProduct(
      runtime,
      part.product(scores, matrices(v, keys, size), queries, headSize, keys, 'weighted'),
      denseHeads(out, queries, size),
    );
    runtime.release(scores.storage);
  }
  return { out, logSumExp };
}

/** As `attentionGradient` in attention-gradient.ts. */
export function attentionGradientInSteps(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  logSumExp: Storage,
  dout: Storage,
  size: AttentionSize,
): { dq: Storage; dk: Storage; dv: Storage } {
  const { batch, heads, queries, keys, headSize } = size;
  const allocate = (tokens: number): Storage => runtime.allocate(batch * tokens * heads * headSize, 'attentionGradient');
  const [dq, dk, dv] = [allocate(queries), allocate(keys), allocate(keys)];
  const [rowsQ, rowsK, rowsV] = [matrices(q, queries, size), matrices(k, keys, size), matrices(v, keys, size)];
  const rowsOut = denseHeads(dout, queries, size);
  for (const part of partsOf(size)) {
    const scores = scoresOf(runtime, part);
    const gradients = scoresOf(runtime, part);
    appendProduct(runtime, part.product(rowsQ, rowsK, queries, keys, headSize, 'scores'), scores);
    appendProduct(runtime, part.product(rowsOut, rowsV, queries, keys, headSize, 'scores'), gradients);
    runtime.run(gradientKernel, { ...rowDispatch(runtime, part), inputs: [logSumExp], outputs: [scores.storage, gradients.storage] });
    appendProduct(runtime, part.product(scores, rowsOut, keys, headSize, queries, 'transposed'), denseHeads(dv, keys, size));
    appendProduct(runtime, part.product(gradients, rowsQ, keys, headSize, queries, 'transposed'), denseHeads(dk, keys, size));
    appendProduct(runtime, part.product(gradients, rowsK, queries, headSize, keys, 'weighted'), denseHeads(dq, queries, size));
    runtime.release(scores.storage);
    runtime.release(gradients.storage);
  }
  return { dq, dk, dv };
}

/** Some pairs of batch and head that are done at a time, and how their products are described. */
interface Part {
  readonly size: AttentionSize;
  readonly first: number;
  readonly pairs: number;
  /** Length of a row of scores: the keys, filled up to a multiple of four. */
  readonly line: number;
  /** x·yᵀ for scores, weights·y, or weightsᵀ·y: [m, n], a sum over k. */
  product(x: Matrices, y: Matrices, m: number, n: number, k: number, what: 'scores' | 'weighted' | 'transposed'): Product;
}

function partsOf(size: AttentionSize): Part[] {
  const { batch, heads, queries, keys } = size;
  const line = Math.ceil(keys / 4) * 4;
  const atATime = Math.max(1, Math.min(batch * heads, Math.floor(MOST_SCORES / (queries * line))));
  return Array.from({ length: Math.ceil((batch * heads) / atATime) }, (_, i) => {
    const first = i * atATime;
    const pairs = Math.min(atATime, batch * heads - first);
    const product: Part['product'] = (a, b, m, n, k, what) => ({
      op: 'attention',
      ...{ a, b, pairs, heads, first, m, n, k, epilogue: {}, slices: 1 },
      transposeA: what === 'transposed',
      transposeB: what === 'scores',
      paddedA: what === 'weighted',
    });
    return { size, first, pairs, line, product };
  });
}

/** Scores of a part's pairs only, so the first of all pairs would lie before the beginning. */
function scoresOf(runtime: Runtime, { size: { heads, queries }, first, pairs, line }: Part): Matrices {
  const head = queries * line;
  return { storage: runtime.allocate(pairs * head, 'attention'), offset: -first * head, line, head, batch: heads * head };
}

function rowDispatch(
  runtime: Runtime,
  { size: { queries, keys, scale }, first, pairs, line }: Part,
): Pick<Parameters<typeof runtime.run<typeof UNIFORMS>>[1], 'uniforms' | 'constants' | 'workgroups'> {
  const rows = pairs * queries;
  return {
    uniforms: { rows, keys, vectors: line / 4, first: first * queries, scale },
    constants: { LANES: subgroupLanes(runtime) ?? 8 },
    workgroups: foldWorkgroups(rows, runtime),
  };
}

function matrices({ storage, offset, stride }: HeadRows, tokens: number, { headSize }: AttentionSize): Matrices {
  return { storage, offset, line: stride, head: headSize, batch: tokens * stride };
}

function denseHeads(storage: Storage, tokens: number, size: AttentionSize): Matrices {
  return matrices({ storage, offset: 0, stride: size.heads * size.headSize }, tokens, size);
}
