/**
 * How kernels that reduce rows are shaped: a workgroup per row, whose invocations stride through it and fold what they have.
 *
 * In the files they fold in a tree in shared memory, which every device can. Where barriers are dear, on a processor, a workgroup is
 * one subgroup and folds without any.
 */
import { type Runtime, subgroupLanes } from './runtime.ts';

const FOLD = `
fn sumOverRow(value: f32, lane: u32) -> f32 { return subgroupAdd(value); }
fn sumsOverRow(values: vec2f, lane: u32) -> vec2f { return subgroupAdd(values); }
fn maxOverRow(value: f32, lane: u32) -> f32 { return subgroupMax(value); }
`;

/** What makes a kernel fold rows in the best way on an adapter. */
export interface RowVariant {
  /** Invocations for a row: the constant WIDTH. */
  readonly width: number;
  /** Empty where what stands in the file is best. */
  readonly slots: { readonly EXTENSIONS?: string; readonly FOLD?: string };
}

/** The variant for rows of n. */
export function rowVariant(runtime: Runtime, n: number): RowVariant {
  const lanes = runtime.software ? subgroupLanes(runtime) : undefined;
  if (lanes !== undefined) return { width: lanes, slots: { EXTENSIONS: 'enable subgroups;', FOLD } };
  return { width: n > 512 ? 256 : 64, slots: {} };
}
