/**
 * Attention and its gradient: keys and values (and for the gradient queries too) are packed head by head, then every strip of six
 * queries (or keys) is a unit of work.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import type { Block } from './heap.ts';
import { COLUMNS, packPanels, panelBytes } from './matmul.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

const ROWS = 6;

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
  const common = { address, batch, batchStride: tokens * rows.stride, heads, headStride: headSize };
  const [depth, columns] = transpose ? [headSize, tokens] : [tokens, headSize];
  const [rowStride, columnStride] = transpose ? [1, rows.stride] : [rows.stride, 1];
  const block = runtime.temporary(batch * heads * panelBytes(depth, columns));
  packPanels(runtime, { ...common, depth, columns, rowStride, columnStride }, block.address);
  return block;
}

/** Implements {@link Backend.attention}. */
export function attention(
  runtime: WasmRuntime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
): { out: Storage; logSumExp: Storage } {
  const { batch, heads, queries, keys, headSize, scale } = size;
  const from = addressOf(runtime, q);
  const [panelsK, panelsV] = [packHeads(runtime, k, keys, size, true), packHeads(runtime, v, keys, size, false)];
  const out = runtime.create(batch * queries * heads * headSize);
  const logSumExp = runtime.create(batch * heads * queries);
  const addresses = [panelsK.address, panelsV.address, runtime.address(out), runtime.address(logSumExp)];
  const work = {
    units: batch * heads * Math.ceil(queries / ROWS),
    cost: ROWS * keys * (headSize / 4 + 16),
    scratchBytes: ROWS * (COLUMNS + headSize + 2 * padded(keys)) * FLOAT,
  };
  runtime.run('attention', work, [from, q.stride, ...addresses, heads, queries, keys, headSize, scale]);
  for (const block of [panelsK, panelsV]) runtime.discard(block);
  return { out, logSumExp };
}

/** Implements {@link Backend.attentionGradient}. */
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
  const { batch, heads, queries, keys, headSize, scale } = size;
  const width = heads * headSize;
  const create = (tokens: number): Storage => runtime.create(batch * tokens * width);
  const [dq, dk, dv] = [create(queries), create(keys), create(keys)];
  const o: HeadRows = { storage: dout, offset: 0, stride: width };
  const delta = runtime.temporary(batch * heads * queries * FLOAT);
  const forward = [runtime.address(out), runtime.address(dout), delta.address];
  runtime.run('attentionDelta', { units: batch * queries, cost: width }, [...forward, heads, queries, headSize]);
  const statistics = [runtime.address(logSumExp), delta.address];
  const shape = [heads, queries, keys, headSize, scale];
  const work = (tokens: number, others: number): { units: number; cost: number; scratchBytes: number } => ({
    units: batch * heads * Math.ceil(tokens / ROWS),
    cost: ROWS * others * (headSize / 2 + 16),
    scratchBytes: ROWS * (COLUMNS + 2 * headSize + 3 * padded(others)) * FLOAT,
  });
  const pack = (rows: HeadRows, tokens: number, transpose: boolean): Block => packHeads(runtime, rows, tokens, size, transpose);

  const forQ = [pack(k, keys, true), pack(v, keys, true), pack(k, keys, false)];
  const panelsQ = forQ.map(({ address }) => address);
  const argsQ = [addressOf(runtime, q), q.stride, runtime.address(dout), ...panelsQ, ...statistics, runtime.address(dq), ...shape];
  runtime.run('attentionGradientQ', work(queries, keys), argsQ);
  for (const block of forQ) runtime.discard(block);

  const forKv = [pack(q, queries, true), pack(o, queries, true), pack(q, queries, false), pack(o, queries, false)];
  const rowsKv = [addressOf(runtime, k), k.stride, addressOf(runtime, v), v.stride];
  const results = [runtime.address(dk), runtime.address(dv)];
  const argsKv = [...rowsKv, ...forKv.map(({ address }) => address), ...statistics, ...results, ...shape];
  runtime.run('attentionGradientKv', work(keys, queries), argsKv);
  for (const block of [...forKv, delta]) runtime.discard(block);
  return { dq, dk, dv };
}
