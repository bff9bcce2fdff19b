/**
 * Products of matrices: which way is taken, packing, and how the work is cut into tiles.
 */
import type { Epilogue, MatmulSize, Storage } from '@cdam/tensor';
import { activationNumber } from './function-numbers.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

/** Rows of a strip and columns of a panel, as in assembly/pack.ts. */
const ROWS = 6;
export const COLUMNS = 8;
/** Steps along the common axis that are taken at once: a strip and a panel of them fit the first cache. */
const DEPTH = 768;
/** With so few rows packing costs more than it saves. */
const THIN = 4;
/** Tiles from the largest, which packs the left matrix most seldom, to the smallest, which every thread gets some of. */
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
/** Tiles for each thread, at least. */
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
  const units = batch * heads * Math.ceil(columns / COLUMNS);
  const args = [address, to, depth, columns, rowStride, columnStride, heads, batchStride, headStride];
  runtime.run('packPanels', { units, cost: depth * COLUMNS * 4 }, args);
}

/** One large product instead of many with the same right matrix, where rows of the batches follow each other. */
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

/** The last arguments of both kernels. */
function epilogueArguments(runtime: WasmRuntime, { m, n }: MatmulSize, epilogue: Epilogue): number[] {
  const { bias, activation, scale, residual, sharedResidual } = epilogue;
  const address = (x: Storage | undefined): number => (x ? runtime.address(x) : 0);
  return [address(bias), activationNumber(activation), address(scale), address(residual), sharedResidual ? 0 : m * n];
}

/** Implements {@link Backend.matmul}. */
export function matmul(runtime: WasmRuntime, a: Storage, b: Storage, given: MatmulSize, epilogue: Epilogue = {}): Storage {
  const size = flatten(given, epilogue);
  const { batch, m, n, k, transposeA, transposeB, sharedA, sharedB } = size;
  const [from, right] = [runtime.address(a), runtime.address(b)];
  const [batchA, batchB] = [sharedA ? 0 : m * k, sharedB ? 0 : k * n];
  const finish = epilogueArguments(runtime, size, epilogue);
  const out = runtime.create(batch * m * n);
  const to = runtime.address(out);
  if (m <= THIN && (!transposeA || m === 1)) {
    const args = [from, batchA, right, batchB, Number(transposeB), to, m, n, k, ...finish];
    runtime.run('matmulThin', { units: batch * Math.ceil(n / 16), cost: m * k * 16 * 2 }, args);
    return out;
  }
  const products = sharedB ? 1 : batch;
  const [rowStride, columnStride] = transposeB ? [1, k] : [n, 1];
  const source = { depth: k, columns: n, rowStride, columnStride, batch: products, batchStride: k * n, heads: 1, headStride: 0 };
  const bytes = panelBytes(k, n);
  const panels = runtime.derive(b, `panels ${k} ${n} ${products} ${transposeB}`, products * bytes, (address) =>
    packPanels(runtime, { ...source, address: right }, address),
  );
  const [tileRows, tileColumns] = tileOf(size, runtime.threads);
  const strides = transposeA ? [1, m] : [k, 1];
  const batchPanels = sharedB ? 0 : bytes / FLOAT;
  runtime.run(
    'matmul',
    {
      units: batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns),
      cost: (tileRows * tileColumns * k) / 8,
      scratchBytes: (ROWS * COLUMNS + tileRows * Math.min(k, DEPTH)) * FLOAT,
    },
    [from, ...strides, batchA, panels.block.address, batchPanels, to, m, n, k, tileRows, tileColumns, DEPTH, ...finish],
  );
  if (!panels.kept) runtime.discard(panels.block);
  return out;
}
