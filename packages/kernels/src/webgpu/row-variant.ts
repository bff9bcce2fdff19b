/**
 * How kernels that reduce rows are shaped: a workgroup has one row. Its invocations stride through the row, then fold their results.
 *
 * As the files stand, the fold is a tree in shared memory, which every device has. On a processor, where barriers are expensive, a
 * workgroup is one subgroup instead, and folds without a barrier.
 */
import { type Runtime, subgroupLanes } from './runtime.ts';

const FOLD = `
fn sumOverRow(value: f32, lane: u32) -> f32 { return subgroupAdd(value); }
fn sumsOverRow(values: vec2f, lane: u32) -> vec2f { return subgroupAdd(values); }
fn maxOverRow(value: f32, lane: u32) -> f32 { return subgroupMax(value); }
`;

/** What makes a kernel fold rows in the way that suits an adapter. */
export interface RowVariant {
  /** Invocations for a row: the constant WIDTH. */
  readonly width: number;
  /** Empty where the text in the file suits the adapter. */
  readonly slots: { readonly EXTENSIONS?: string; readonly FOLD?: string };
}

/** The variant for rows of n. */
export function rowVariant(runtime: Runtime, n: number): RowVariant {
  const lanes = runtime.software ? subgroupLanes(runtime) : undefined;
  if (lanes !== undefined) return { width: lanes, slots: { EXTENSIONS: 'enable subgroups;', FOLD } };
  return { width: n > 512 ? 256 : 64, slots: {} };
}
