/**
 * Appends a matrix product to the queue, for `matmul` and attention: where its operands lie, and which kernel runs it.
 */
import type { Epilogue, Storage } from '@cdam/tensor';
import { elementSlot } from '../element.ts';
import { unarySource } from '../elementwise/function-sources.ts';
import { type Dispatch, defineKernel, type UniformValues, type Workgroups } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';
import source from './matmul.wgsl';
import subgroupSource from './matmul-subgroup.wgsl';
import thinSource from './matmul-thin.wgsl';
import { SUBGROUP, THIN, TILE, type Variant, variantFor } from './variants.ts';

const UNIFORMS = {
  m: 'u32',
  n: 'u32',
  k: 'u32',
  slices: 'u32',
  depth: 'u32',
  heads: 'u32',
  offsetA: 'u32',
  lineA: 'u32',
  headA: 'u32',
  batchA: 'u32',
  offsetB: 'u32',
  lineB: 'u32',
  headB: 'u32',
  batchB: 'u32',
  offsetC: 'u32',
  lineC: 'u32',
  headC: 'u32',
  batchC: 'u32',
  batchResidual: 'u32',
  offsetScale: 'u32',
  epilogue: 'u32',
} as const;

/** A step along k of the tiled kernel. */
const STEP = 16;

/** Bits of the uniform `epilogue`: what is done to the product. */
const EPILOGUE = { BIAS: 1, SCALE: 2, RESIDUAL: 4 } as const;

const BUFFERS = {
  inputs: ['a', 'aVectors', 'b', 'bVectors', 'bias', 'scale', 'residual'],
  outputs: ['c'],
} as const;

const tiledKernel = defineKernel({
  name: 'matmul',
  source,
  uniforms: UNIFORMS,
  ...BUFFERS,
  constants: ['BLOCKS_Y', 'BLOCKS_X', 'TRANSPOSE_A', 'TRANSPOSE_B', 'VECTOR_A', 'VECTOR_B', 'ACTIVATE'],
  fixed: { TILE, STEP, ...EPILOGUE },
  slots: ['ELEMENT_B', 'ACTIVATION'],
});

const subgroupKernel = defineKernel({
  name: 'matmul-subgroup',
  source: subgroupSource,
  uniforms: UNIFORMS,
  ...BUFFERS,
  constants: ['LANES', 'TRANSPOSE_A', 'TRANSPOSE_B', 'VECTOR_A', 'VECTOR_B', 'ACTIVATE'],
  fixed: { ...SUBGROUP, ...EPILOGUE },
  slots: ['ELEMENT_B', 'ACTIVATION'],
});

const thinKernel = defineKernel({
  name: 'matmul-thin',
  source: thinSource,
  uniforms: UNIFORMS,
  ...BUFFERS,
  constants: ['LANES', 'TRANSPOSE_B', 'VECTOR_A', 'VECTOR_B', 'ACTIVATE'],
  fixed: { COLUMNS_PER_LANE: SUBGROUP.COLUMNS_PER_LANE, ...EPILOGUE },
  slots: ['ELEMENT_B', 'ACTIVATION'],
});

/** One matrix for every batch and head, in floats: it begins at offset + b·batch + h·head, and its lines are `line` apart. */
export interface Matrices {
  readonly storage: Storage;
  readonly offset: number;
  readonly line: number;
  readonly head: number;
  readonly batch: number;
}

/** Matrices one after the other, without heads, or one that all batches share. */
export function denseMatrices(storage: Storage, lines: number, line: number, shared = false): Matrices {
  return { storage, offset: 0, line, head: 0, batch: shared ? 0 : lines * line };
}

/** One product of matrices [m, k] and [k, n], or one for each pair of batch and head. */
export interface Product {
  readonly op: string;
  readonly a: Matrices;
  readonly b: Matrices;
  /** Pairs of batch and head, the head running faster, and how many heads a batch has. */
  readonly pairs: number;
  readonly heads: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether A is stored as [k, m]. */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Whether the lines of A reach to a multiple of four, with zeros behind k. */
  readonly paddedA?: boolean;
  readonly epilogue: Epilogue;
  /** Parts that the sum over k is cut into; the result holds one product for each. */
  readonly slices: number;
}

/** Steps of the shortest slice: summing up the slices must cost less than they save. */
const SHORTEST_SLICE = 128;

/** Parts to cut a sum of k products into, so that a small result of a long sum still fills the GPU. */
export function slicesFor(runtime: Runtime, m: number, n: number, k: number): number {
  const { rows, columns, enoughWorkgroups } = variantFor(runtime, m, n, 1);
  const workgroups = Math.ceil(m / rows) * Math.ceil(n / columns);
  const slices = Math.max(1, Math.min(Math.ceil(enoughWorkgroups / workgroups), Math.floor(k / SHORTEST_SLICE)));
  return Math.ceil(k / depthOf(k, slices));
}

function depthOf(k: number, slices: number): number {
  return slices === 1 ? k : Math.ceil(k / slices / STEP) * STEP;
}

function inFours({ offset, line, head, batch }: Matrices): boolean {
  return offset % 4 === 0 && line % 4 === 0 && head % 4 === 0 && batch % 4 === 0;
}

/** Appends a product of matrices without heads; the result is [pairs, slices, m, n]. An epilogue is only right with one slice. */
export function dispatchProduct(runtime: Runtime, product: Product): Storage {
  const { op, pairs, slices, m, n } = product;
  const storage = runtime.allocate(pairs * slices * m * n, op);
  appendProduct(runtime, product, { storage, offset: 0, line: n, head: 0, batch: slices * m * n });
  return storage;
}

/** Appends a product that is written to the matrices `c`, with the best variant unless one is given. */
export function appendProduct(runtime: Runtime, product: Product, c: Matrices, given?: Variant): void {
  const { pairs, m, n, k, slices } = product;
  const variant = given ?? variantFor(runtime, m, n, pairs * slices);
  const dispatch = {
    uniforms: uniformsOf(product, c),
    inputs: inputsOf(product),
    keptInputs: ['b', 'bVectors'],
    outputs: { c: c.storage },
    slots: slotsOf(runtime, product),
    workgroups: [Math.ceil(n / variant.columns), Math.ceil(m / variant.rows), pairs * slices],
    detail: `${pairs === 1 ? '' : `${pairs} × `}${m}×${k}×${n}`,
  } as const;
  const { TRANSPOSE_A, ...operands } = operandConstants(product, variant);
  if (variant.kernel === 'tiled') runtime.run(tiledKernel, { ...dispatch, constants: { TRANSPOSE_A, ...operands, ...variant.constants } });
  else if (m <= THIN && !product.transposeA) {
    const workgroups: Workgroups = [Math.ceil(n / variant.columns), m, pairs * slices];
    runtime.run(thinKernel, { ...dispatch, workgroups, constants: { ...operands, ...variant.constants } });
  } else runtime.run(subgroupKernel, { ...dispatch, constants: { TRANSPOSE_A, ...operands, ...variant.constants } });
}

function uniformsOf({ a, b, heads, m, n, k, epilogue, slices }: Product, c: Matrices): UniformValues<typeof UNIFORMS> {
  const { bias, scale, scaleOffset = 0, residual, sharedResidual } = epilogue;
  return {
    m,
    n,
    k,
    slices,
    depth: depthOf(k, slices),
    heads,
    offsetA: a.offset,
    lineA: a.line,
    headA: a.head,
    batchA: a.batch,
    offsetB: b.offset,
    lineB: b.line,
    headB: b.head,
    batchB: b.batch,
    offsetC: c.offset,
    lineC: c.line,
    headC: c.head,
    batchC: c.batch,
    batchResidual: sharedResidual ? 0 : m * n,
    offsetScale: scaleOffset,
    // Bits and no constants, so that not every combination is a shader to be compiled.
    epilogue: (bias ? EPILOGUE.BIAS : 0) | (scale ? EPILOGUE.SCALE : 0) | (residual ? EPILOGUE.RESIDUAL : 0),
  };
}

/** Where a part of the epilogue is missing, any buffer will do: the bits of the epilogue say that it is not read. */
function inputsOf({ a, b, epilogue }: Product): Dispatch<typeof tiledKernel>['inputs'] {
  const { bias = a.storage, scale = a.storage, residual = a.storage } = epilogue;
  return { a: a.storage, aVectors: a.storage, b: b.storage, bVectors: b.storage, bias, scale, residual };
}

function slotsOf(runtime: Runtime, { b, epilogue: { activation } }: Product): Dispatch<typeof tiledKernel>['slots'] {
  const element = elementSlot(runtime, 'B', b.storage);
  return activation === undefined ? element : { ...element, ACTIVATION: unarySource(activation) };
}

/** The constants of both kernels. */
type OperandConstants = Readonly<Record<'TRANSPOSE_A' | 'TRANSPOSE_B' | 'VECTOR_A' | 'VECTOR_B' | 'ACTIVATE', number>>;

function operandConstants(product: Product, { kernel }: Variant): OperandConstants {
  const { a, b, m, n, k, transposeA, transposeB, paddedA, epilogue } = product;
  const contiguousA = transposeA ? m : paddedA ? a.line : k;
  // Lanes of a subgroup load along k.
  const alongK = kernel === 'tiled' || !transposeA;
  return {
    TRANSPOSE_A: Number(transposeA),
    TRANSPOSE_B: Number(transposeB),
    VECTOR_A: Number(alongK && contiguousA % 4 === 0 && inFours(a)),
    VECTOR_B: Number((transposeB ? k : n) % 4 === 0 && inFours(b)),
    ACTIVATE: Number(epilogue.activation !== undefined),
  };
}
