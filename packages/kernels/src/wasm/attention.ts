/**
 * Attention and its gradient: keys and values (and for the gradient queries too) are packed head by head, then every strip of six
 * queries (or keys) is a unit of work.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { COLUMNS, ROWS } from '../shared-numbers.ts';
import type { Block } from './heap.ts';
import { packPanels, panelBytes } from './matmul.ts';
import { FLOAT, type WasmRuntime, type Work } from './wasm-runtime.ts';

function padded(count: number): number {
  return Math.ceil(count / COLUMNS) * COLUMNS;
}

function addressOf(runtime: WasmRuntime, { storage, offset }: HeadRows): number {
  return runtime.address(storage) + offset * FLOAT;
}

/** Packs the [tokens, headSize] matrix of every head, or its transpose, as the right matrix of a product. */
function packHeads(
  runtime: WasmRuntime,
  rows: HeadRows,
  tokens: number,
  { batch, heads, headSize }: AttentionSize,
  transpose: boolean,
): Block {
  const address = addressOf(runtime, rows);
  const [depth, columns] = transpose ? [headSize, tokens] : [tokens, headSize];
  const [rowStride, columnStride] = transpose ? [1, rows.stride] : [rows.stride, 1];
  const block = runtime.temporary(batch * heads * panelBytes(depth, columns));
  const batchStride = tokens * rows.stride;
  const source = { address, depth, columns, rowStride, columnStride, batch, batchStride, heads, headStride: headSize };
  packPanels(runtime, source, block.address);
  return block;
}

/** Implements {@link Primitives.attention}. */
export function attention(
  runtime: WasmRuntime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
): { out: Storage; logSumExp: Storage } {
  const { batch, heads, queries, keys, headSize, scale } = size;
  const fromQ = addressOf(runtime, q);
  const [panelsK, panelsV] = [packHeads(runtime, k, keys, size, true), packHeads(runtime, v, keys, size, false)];
  const out = runtime.create(batch * queries * heads * headSize);
  const logSumExp = runtime.create(batch * heads * queries);
  runtime.run(
    'attention',
    {
      units: batch * heads * Math.ceil(queries / ROWS),
      cost: ROWS * keys * (headSize / 4 + 16),
      scratchBytes: ROWS * (COLUMNS + headSize + 2 * padded(keys)) * FLOAT,
    },
    {
      q: fromQ,
      strideQ: q.stride,
      panelsK: panelsK.address,
      panelsV: panelsV.address,
      out: runtime.address(out),
      logSumExp: runtime.address(logSumExp),
      heads,
      queries,
      keys,
      headSize,
      scale,
    },
  );
  for (const block of [panelsK, panelsV]) runtime.discard(block);
  return { out, logSumExp };
}

/** Implements {@link Primitives.attentionTerms}. */
export function attentionTerms(
  runtime: WasmRuntime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
): { terms: Storage; own: Storage } {
  const { batch, heads, queries, keys, headSize, scale } = size;
  const [fromQ, fromK, fromV] = [addressOf(runtime, q), addressOf(runtime, k), addressOf(runtime, v)];
  const [terms, own] = [runtime.create(batch * keys * heads * headSize), runtime.create(batch * heads * headSize)];
  runtime.run(
    'attentionTerms',
    { units: batch * heads, cost: keys * headSize * 2, scratchBytes: keys * FLOAT },
    {
      q: fromQ,
      strideQ: q.stride,
      k: fromK,
      strideK: k.stride,
      v: fromV,
      strideV: v.stride,
      terms: runtime.address(terms),
      own: runtime.address(own),
      heads,
      queries,
      keys,
      headSize,
      scale,
    },
  );
  return { terms, own };
}

/** What both passes of the gradient read; `logSumExp` and `delta` are addresses. */
interface GradientInputs {
  readonly q: HeadRows;
  readonly k: HeadRows;
  readonly v: HeadRows;
  readonly dout: HeadRows;
  readonly logSumExp: number;
  readonly delta: number;
}

/** Implements {@link Primitives.attentionGradient}. */
export function attentionGradient(
  runtime: WasmRuntime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  out: Storage,
  logSumExp: Storage,
  dout: Storage,
  size: AttentionSize,
): { dq: Storage; dk: Storage; dv: Storage } {
  const { batch, heads, queries, keys, headSize } = size;
  const width = heads * headSize;
  const create = (tokens: number): Storage => runtime.create(batch * tokens * width);
  const [dq, dk, dv] = [create(queries), create(keys), create(keys)];
  const delta = runtime.temporary(batch * heads * queries * FLOAT);
  runtime.run(
    'attentionDelta',
    { units: batch * queries, cost: width },
    { out: runtime.address(out), dout: runtime.address(dout), delta: delta.address, heads, queries, headSize },
  );
  const rows = { storage: dout, offset: 0, stride: width };
  const inputs = { q, k, v, dout: rows, logSumExp: runtime.address(logSumExp), delta: delta.address };
  queryGradient(runtime, inputs, dq, size);
  keyAndValueGradients(runtime, inputs, dk, dv, size);
  runtime.discard(delta);
  return { dq, dk, dv };
}

/** The work of a pass over strips of `tokens`, each of which meets all `others`. */
function gradientWork({ batch, heads, headSize }: AttentionSize, tokens: number, others: number): Work {
  return {
    units: batch * heads * Math.ceil(tokens / ROWS),
    cost: ROWS * others * (headSize / 2 + 16),
    scratchBytes: ROWS * (COLUMNS + 2 * headSize + 3 * padded(others)) * FLOAT,
  };
}

function queryGradient(runtime: WasmRuntime, inputs: GradientInputs, dq: Storage, size: AttentionSize): void {
  const { q, k, v, dout, logSumExp, delta } = inputs;
  const { heads, queries, keys, headSize, scale } = size;
  const [panelsKt, panelsVt] = [packHeads(runtime, k, keys, size, true), packHeads(runtime, v, keys, size, true)];
  const panelsK = packHeads(runtime, k, keys, size, false);
  runtime.run('attentionGradientQ', gradientWork(size, queries, keys), {
    q: addressOf(runtime, q),
    strideQ: q.stride,
    dout: addressOf(runtime, dout),
    panelsKt: panelsKt.address,
    panelsVt: panelsVt.address,
    panelsK: panelsK.address,
    logSumExp,
    delta,
    dq: runtime.address(dq),
    heads,
    queries,
    keys,
    headSize,
    scale,
  });
  for (const block of [panelsKt, panelsVt, panelsK]) runtime.discard(block);
}

function keyAndValueGradients(runtime: WasmRuntime, inputs: GradientInputs, dk: Storage, dv: Storage, size: AttentionSize): void {
  const { q, k, v, dout, logSumExp, delta } = inputs;
  const { heads, queries, keys, headSize, scale } = size;
  const [panelsQt, panelsOt] = [packHeads(runtime, q, queries, size, true), packHeads(runtime, dout, queries, size, true)];
  const [panelsQ, panelsO] = [packHeads(runtime, q, queries, size, false), packHeads(runtime, dout, queries, size, false)];
  runtime.run('attentionGradientKv', gradientWork(size, keys, queries), {
    k: addressOf(runtime, k),
    strideK: k.stride,
    v: addressOf(runtime, v),
    strideV: v.stride,
    panelsQt: panelsQt.address,
    panelsOt: panelsOt.address,
    panelsQ: panelsQ.address,
    panelsO: panelsO.address,
    logSumExp,
    delta,
    dk: runtime.address(dk),
    dv: runtime.address(dv),
    heads,
    queries,
    keys,
    headSize,
    scale,
  });
  for (const block of [panelsQt, panelsOt, panelsQ, panelsO]) runtime.discard(block);
}
