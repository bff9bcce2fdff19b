/**
 * The kernel of matrix products and the choice of its variant, for `matmul` and `patchEmbed`.
 */
import type { Epilogue, Storage } from '@cdam/tensor';
import { unarySource } from '../elementwise/functions.ts';
import { type Constants, defineKernel } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';
import source from './matmul.wgsl';

const kernel = defineKernel({
  name: 'matmul',
  source,
  inputs: 7,
  outputs: 1,
  uniforms: {
    m: 'u32',
    n: 'u32',
    k: 'u32',
    slices: 'u32',
    depth: 'u32',
    batchStrideA: 'u32',
    batchStrideB: 'u32',
    batchStrideResidual: 'u32',
    columns: 'u32',
    rows: 'u32',
    patchHeight: 'u32',
    patchWidth: 'u32',
    channels: 'u32',
  },
});

/** How A lies in memory: [m, k], [k, m], or as the patches of a picture. The numbers are those of A_LAYOUT in the shader. */
export const LAYOUT = { rows: 0, columns: 1, picture: 2 } as const;

/** Patches of a picture, in pixels but for `rows` and `columns`, which count patches. */
export interface Patches {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
}

const NO_PATCHES: Patches = { channels: 1, rows: 1, columns: 1, patchHeight: 1, patchWidth: 1 };

/** One product, or a batch of them, of matrices [m, k] and [k, n]. */
export interface Product {
  readonly op: string;
  readonly a: Storage;
  readonly b: Storage;
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly layoutA: (typeof LAYOUT)[keyof typeof LAYOUT];
  readonly transposeB: boolean;
  readonly sharedA: boolean;
  readonly sharedB: boolean;
  readonly patches?: Patches;
  readonly epilogue: Epilogue;
  /** Parts that the sum over k is cut into; the result holds one product for each. */
  readonly slices: number;
}

/** A step along k of the tiled variant. */
const STEP = 16;
/** With fewer workgroups than this, a GPU has idle cores: smaller tiles and slices make more. */
const ENOUGH_WORKGROUPS = 128;
/** A slice shorter than this costs more to sum up than it saves. */
const SHORTEST_SLICE = 128;

/** Rows and columns of a workgroup's tile, and the constants that make it. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly constants: Constants;
}

function tileFor(runtime: Runtime, batch: number, m: number, n: number): Tile {
  if (runtime.software) {
    const BLOCKS = m > 4 ? 2 : 1;
    return { rows: 4 * BLOCKS, columns: 32 * BLOCKS, constants: { BLOCKS, DIRECT: 1, THREADS_Y: 1 } };
  }
  const BLOCKS = batch * Math.ceil(m / 64) * Math.ceil(n / 64) >= ENOUGH_WORKGROUPS ? 2 : 1;
  return { rows: 32 * BLOCKS, columns: 32 * BLOCKS, constants: { BLOCKS } };
}

/** Parts to cut a sum of k products into, so that a small result of a long sum still fills the GPU. */
export function slicesFor(runtime: Runtime, m: number, n: number, k: number): number {
  const { rows, columns } = tileFor(runtime, 1, m, n);
  const workgroups = Math.ceil(m / rows) * Math.ceil(n / columns);
  // A processor has few cores, and what it pays for is memory.
  const wanted = Math.ceil((runtime.software ? 4 : ENOUGH_WORKGROUPS) / workgroups);
  const slices = Math.max(1, Math.min(wanted, Math.floor(k / SHORTEST_SLICE)));
  return Math.ceil(k / depthOf(k, slices));
}

function depthOf(k: number, slices: number): number {
  return slices === 1 ? k : Math.ceil(k / slices / STEP) * STEP;
}

/** Appends the product; the result is [batch, slices, m, n]. An epilogue is only right with one slice. */
export function dispatchProduct(runtime: Runtime, product: Product): Storage {
  const { a, b, batch, m, n, k, epilogue, slices } = product;
  const { bias, activation, scale, residual, sharedResidual } = epilogue;
  const c = runtime.allocate(batch * slices * m * n, product.op);
  const tile = tileFor(runtime, batch * slices, m, n);
  runtime.run(kernel, {
    uniforms: {
      m,
      n,
      k,
      slices,
      depth: depthOf(k, slices),
      batchStrideA: product.sharedA ? 0 : m * k,
      batchStrideB: product.sharedB ? 0 : k * n,
      batchStrideResidual: sharedResidual ? 0 : m * n,
      ...(product.patches ?? NO_PATCHES),
    },
    inputs: [a, a, b, b, bias ?? a, scale ?? a, residual ?? a],
    outputs: [c],
    constants: {
      ...tile.constants,
      ...operandConstants(product, runtime.software),
      BIAS: Number(bias !== undefined),
      ACTIVATE: Number(activation !== undefined),
      SCALE: Number(scale !== undefined),
      RESIDUAL: Number(residual !== undefined),
    },
    slots: activation === undefined ? {} : { ACTIVATION: unarySource(activation) },
    workgroups: [Math.ceil(n / tile.columns), Math.ceil(m / tile.rows), batch * slices],
  });
  return c;
}

function operandConstants({ layoutA, transposeB, m, n, k, patches }: Product, direct: boolean): Constants {
  const contiguousA = patches ? patches.patchWidth : layoutA === LAYOUT.columns ? m : k;
  const contiguousB = transposeB ? k : n;
  return {
    A_LAYOUT: layoutA,
    TRANSPOSE_B: Number(transposeB),
    VECTOR_A: Number(!direct && contiguousA % 4 === 0),
    VECTOR_B: Number(!direct && contiguousB % 4 === 0),
  };
}
