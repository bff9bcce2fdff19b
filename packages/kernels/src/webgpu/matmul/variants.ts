/**
 * The variants of the matrix product, and which is taken: by the adapter and by the size of the result.
 */
import type { Constants } from '../kernel.ts';
import { type Runtime, subgroupLanes } from '../runtime.ts';
import { VARIANT_TABLE, type VariantName } from './variant-table.ts';

/** A kernel with the constants that shape it. */
export interface Variant {
  readonly kernel: 'tiled' | 'subgroup';
  /** Rows and columns of the result that one workgroup makes. */
  readonly rows: number;
  readonly columns: number;
  readonly constants: Constants;
  /** With fewer workgroups than this, an adapter has idle cores: slices of a long sum make more. */
  readonly enoughWorkgroups: number;
}

/** The variant for `count` results of [m, n]. */
export function variantFor(runtime: Runtime, m: number, n: number, count: number): Variant {
  const lanes = subgroupLanes(runtime);
  const { rules } = VARIANT_TABLE[runtime.software && lanes !== undefined ? 'software' : 'gpu'];
  const tiles = tilesOf(m, n, count);
  const rule = rules.find((one) => m <= (one.rows ?? m) && tiles <= (one.tiles ?? tiles));
  return variantNamed(rule?.variant ?? '64×64', lanes);
}

/** Tiles of 32 × 32 that cover `count` results of [m, n]. */
export function tilesOf(m: number, n: number, count: number): number {
  return count * Math.ceil(m / 32) * Math.ceil(n / 32);
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

function tiled(blocksY: number, blocksX: number): Variant {
  const constants = { BLOCKS_Y: blocksY, BLOCKS_X: blocksX };
  return { kernel: 'tiled', rows: 32 * blocksY, columns: 32 * blocksX, constants, enoughWorkgroups: 128 };
}

function bySubgroups(lanes: number): Variant {
  // A processor has few cores, and what it pays for is memory.
  return { kernel: 'subgroup', rows: 16, columns: 4 * lanes, constants: { LANES: lanes }, enoughWorkgroups: 4 };
}
