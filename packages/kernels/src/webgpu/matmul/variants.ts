/**
 * The variants of the matrix product, and the choice among them, by the adapter and by the size of the result.
 */
import { type Runtime, subgroupLanes } from '../runtime.ts';
import { VARIANT_TABLE, type VariantName } from './variant-table.ts';

/** What all variants have. */
interface Shape {
  /** Rows and columns of the result that one workgroup computes. */
  readonly rows: number;
  readonly columns: number;
  /** With fewer workgroups than this, an adapter has idle cores: slices of a long sum make more. */
  readonly enoughWorkgroups: number;
}

/** matmul.wgsl, with tiles in shared memory. */
export interface TiledVariant extends Shape {
  readonly kernel: 'tiled';
  readonly constants: { readonly BLOCKS_Y: number; readonly BLOCKS_X: number };
}

/** matmul-subgroup.wgsl, without shared memory. */
export interface SubgroupVariant extends Shape {
  readonly kernel: 'subgroup';
  readonly constants: { readonly LANES: number };
}

/** A kernel with the constants that shape it. */
export type Variant = TiledVariant | SubgroupVariant;

/** The variant for `count` results of [m, n]. */
export function variantFor(runtime: Runtime, m: number, n: number, count: number): Variant {
  const lanes = subgroupLanes(runtime);
  const { rules } = VARIANT_TABLE[runtime.software && lanes !== undefined ? 'software' : 'gpu'];
  const tiles = tilesOf(m, n, count);
  const rule = rules.find((one) => m <= (one.rows ?? m) && tiles <= (one.tiles ?? tiles));
  return variantNamed(rule?.variant ?? '64×64', lanes);
}

/** Rows, and columns, that a workgroup of the tiled kernel computes for each block of an invocation: TILE in matmul.wgsl. */
export const TILE = 32;

/** The tile of a workgroup of the subgroup kernel, by the names of the constants in matmul-subgroup.wgsl. */
export const SUBGROUP = { ROWS: 16, COLUMNS_PER_LANE: 4 } as const;

/** With at most so many rows, a subgroup has one of them alone (matmul-thin.wgsl): a tile of 16 would mostly be computed for nothing. */
export const THIN = 4;

/** Tiles of 32 × 32 that cover `count` results of [m, n]. */
export function tilesOf(m: number, n: number, count: number): number {
  return count * Math.ceil(m / TILE) * Math.ceil(n / TILE);
}

/** A variant by its name; those of subgroups only where there are lanes. */
export function variantNamed(name: VariantName, lanes: number | undefined): Variant {
  switch (name) {
    case 'subgroup':
      return lanes === undefined ? tiled(1, 1) : bySubgroups(lanes);
    case '32×32':
      return tiled(1, 1);
    case '64×32':
      return tiled(2, 1);
    case '64×64':
      return tiled(2, 2);
  }
}

function tiled(blocksY: number, blocksX: number): TiledVariant {
  const constants = { BLOCKS_Y: blocksY, BLOCKS_X: blocksX };
  return { kernel: 'tiled', rows: TILE * blocksY, columns: TILE * blocksX, constants, enoughWorkgroups: 128 };
}

function bySubgroups(lanes: number): SubgroupVariant {
  // A processor has few cores, and is limited by its memory.
  const columns = SUBGROUP.COLUMNS_PER_LANE * lanes;
  return { kernel: 'subgroup', rows: SUBGROUP.ROWS, columns, constants: { LANES: lanes }, enoughWorkgroups: 4 };
}
