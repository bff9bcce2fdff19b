/**
 * Products of matrices: which kernel runs one, how its operands are packed, and how the work is cut into tiles.
 */
import type { Epilogue, MatmulSize, Storage } from '@cdam/tensor';
import { COLUMNS, ROWS, THIN_COLUMNS } from '../shared-numbers.ts';
import { activationNumber } from './function-numbers.ts';
import type { Block } from './heap.ts';
import type { KernelNumbers } from './kernel-table.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

/** Steps along the common axis that are taken at once: a strip and a panel of this depth fit into the first cache. */
const DEPTH = 768;
/** With at most so many rows, packing costs more than it saves. */
const THIN = 4;
/** Tiles, the largest first. With a larger tile, rows of the left matrix are packed fewer times; with smaller ones, more threads get some. */
const TILES: readonly (readonly [rows: number, columns: number])[] = [
  [96, 256],
  [48, 256],
  [48, 128],
  [24, 128],
  [24, 64],
  [12, 64],
  [12, 32],
  [6, 16],
];
/** Tiles that there should be for each thread. */
const TILES_PER_THREAD = 6;

/** Bytes of the panels of a matrix [depth, columns]. */
export function panelBytes(depth: number, columns: number): number {
  return Math.ceil(columns / COLUMNS) * COLUMNS * depth * FLOAT;
}

/** Where a matrix to be packed lies: [depth, columns] with these strides, once for each of batch·heads products. */
export interface PanelSource {
  readonly address: number;
  readonly depth: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly batch: number;
  readonly batchStride: number;
  readonly heads: number;
  readonly headStride: number;
}

/** Packs matrices into panels at `to`, one product after the other. */
export function packPanels(runtime: WasmRuntime, source: PanelSource, to: number): void {
  const { address, depth, columns, rowStride, columnStride, batch, batchStride, heads, headStride } = source;
  const work = { units: batch * heads * Math.ceil(columns / COLUMNS), cost: depth * COLUMNS * 4 };
  runtime.run('packPanels', work, { x: address, out: to, depth, columns, rowStride, columnStride, heads, batchStride, headStride });
}

/** One large product instead of one for each batch, where all have the same right matrix. */
function flatten(size: MatmulSize, epilogue: Epilogue): MatmulSize {
  const { batch, m, transposeA, sharedA, sharedB } = size;
  const mergeable = sharedB && !sharedA && !transposeA && !(epilogue.residual && epilogue.sharedResidual);
  return mergeable ? { ...size, batch: 1, m: batch * m } : size;
}

function tileOf({ batch, m, n }: MatmulSize, threads: number): readonly [rows: number, columns: number] {
  const count = ([rows, columns]: readonly [number, number]): number => batch * Math.ceil(m / rows) * Math.ceil(n / columns);
  const most = Math.floor((batch * Math.ceil(m / ROWS) * Math.ceil(n / COLUMNS)) / 16);
  const wanted = threads === 1 ? 1 : Math.min(threads * TILES_PER_THREAD, Math.max(1, most));
  return TILES.find((tile) => count(tile) >= wanted) ?? [ROWS, 2 * COLUMNS];
}

/** What both kernels are told of the epilogue. An address of 0 says that there is none. */
type EpilogueNumbers = Pick<KernelNumbers<'matmul'>, 'bias' | 'activation' | 'scale' | 'residual' | 'batchResidual'>;

function epilogueNumbers(runtime: WasmRuntime, { m, n }: MatmulSize, epilogue: Epilogue): EpilogueNumbers {
  const { bias, activation, scale, scaleOffset = 0, residual, sharedResidual } = epilogue;
  const address = (x: Storage | undefined): number => (x ? runtime.address(x) : 0);
  return {
    bias: address(bias),
    activation: activationNumber(activation),
    scale: address(scale) + scaleOffset * FLOAT,
    residual: address(residual),
    batchResidual: sharedResidual ? 0 : m * n,
  };
}

/** Implements {@link Primitives.matmul}. */
export function matmul(runtime: WasmRuntime, a: Storage, b: Storage, given: MatmulSize, epilogue: Epilogue = {}): Storage {
  const size = flatten(given, epilogue);
  const finish = epilogueNumbers(runtime, size, epilogue);
  const thin = size.m <= THIN && (!size.transposeA || size.m === 1);
  return thin ? thinProduct(runtime, a, b, size, finish) : tiledProduct(runtime, a, b, size, finish);
}

function thinProduct(runtime: WasmRuntime, a: Storage, b: Storage, size: MatmulSize, finish: EpilogueNumbers): Storage {
  const { batch, m, n, k, transposeB, sharedA, sharedB } = size;
  const [fromA, fromB] = [runtime.address(a), runtime.address(b)];
  const out = runtime.create(batch * m * n);
  runtime.run(
    'matmulThin',
    { units: batch * Math.ceil(n / THIN_COLUMNS), cost: m * k * THIN_COLUMNS * 2 },
    {
      a: fromA,
      batchA: sharedA ? 0 : m * k,
      b: fromB,
      batchB: sharedB ? 0 : k * n,
      transposeB: Number(transposeB),
      out: runtime.address(out),
      m,
      n,
      k,
      bias: finish.bias,
      activation: finish.activation,
      scale: finish.scale,
      residual: finish.residual,
      batchResidual: finish.batchResidual,
    },
  );
  return out;
}

/** The panels of the right matrix, of which every product has its own unless they share it. */
function panelsOf(runtime: WasmRuntime, b: Storage, address: number, size: MatmulSize): { block: Block; kept: boolean } {
  const { batch, n, k, transposeB, sharedB } = size;
  const products = sharedB ? 1 : batch;
  const [rowStride, columnStride] = transposeB ? [1, k] : [n, 1];
  const source = { address, depth: k, columns: n, rowStride, columnStride, batch: products, batchStride: k * n, heads: 1, headStride: 0 };
  const key = `panels ${k} ${n} ${products} ${transposeB}`;
  return runtime.derive(b, key, products * panelBytes(k, n), (to) => packPanels(runtime, source, to));
}

function tiledProduct(runtime: WasmRuntime, a: Storage, b: Storage, size: MatmulSize, finish: EpilogueNumbers): Storage {
  const { batch, m, n, k, transposeA, sharedA, sharedB } = size;
  const [fromA, fromB] = [runtime.address(a), runtime.address(b)];
  const out = runtime.create(batch * m * n);
  const panels = panelsOf(runtime, b, fromB, size);
  const [tileRows, tileColumns] = tileOf(size, runtime.threads);
  runtime.run(
    'matmul',
    {
      units: batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns),
      cost: (tileRows * tileColumns * k) / 8,
      scratchBytes: (ROWS * COLUMNS + tileRows * Math.min(k, DEPTH)) * FLOAT,
    },
    {
      a: fromA,
      rowStride: transposeA ? 1 : k,
      columnStride: transposeA ? m : 1,
      batchA: sharedA ? 0 : m * k,
      panels: panels.block.address,
      batchPanels: sharedB ? 0 : panelBytes(k, n) / FLOAT,
      out: runtime.address(out),
      m,
      n,
      k,
      tileRows,
      tileColumns,
      depth: DEPTH,
      bias: finish.bias,
      activation: finish.activation,
      scale: finish.scale,
      residual: finish.residual,
      batchResidual: finish.batchResidual,
    },
  );
  if (!panels.kept) runtime.discard(panels.block);
  return out;
}
