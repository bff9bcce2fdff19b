/**
 * What the kernels of attention have in common: how they find heads in rows of tokens, and how work is divided among invocations.
 */
import type { AttentionSize, HeadRows } from '@cdam/tensor';
import { TensorError } from '@cdam/tensor';
import type { UniformValues, Workgroups } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';

/** The uniform block of these kernels. */
export const HEAD_UNIFORMS = {
  heads: 'u32',
  queries: 'u32',
  keys: 'u32',
  scale: 'f32',
  offsetQ: 'u32',
  strideQ: 'u32',
  offsetK: 'u32',
  strideK: 'u32',
  offsetV: 'u32',
  strideV: 'u32',
  vectors: 'u32',
} as const;

/** The constants of these kernels, and their slot. */
export const HEAD_CONSTANTS = ['LANES', 'HEAD_SIZE', 'ALIGNED', 'UNROLL'] as const;
export const HEAD_SLOTS = ['VECTORS'] as const;

/** The longest head, in floats: an invocation holds a whole one in registers. */
export const LARGEST_HEAD = 128;

/** The part of a dispatch that depends only on where q, k and v lie and on their size. */
export interface HeadDispatch {
  readonly uniforms: UniformValues<typeof HEAD_UNIFORMS>;
  readonly constants: Readonly<Record<(typeof HEAD_CONSTANTS)[number], number>>;
  readonly slots: Readonly<Record<(typeof HEAD_SLOTS)[number], string>>;
  /** Workgroups for one invocation per query, and for one per key. */
  readonly perQuery: Workgroups;
  readonly perKey: Workgroups;
}

/** Describes q, k and v to a kernel. Throws a `TensorError` when heads are longer than 128. */
export function headDispatch(runtime: Runtime, q: HeadRows, k: HeadRows, v: HeadRows, size: AttentionSize): HeadDispatch {
  const { batch, heads, queries, keys, headSize, scale } = size;
  if (headSize > LARGEST_HEAD) {
    throw new TensorError('backend', `attention: heads of ${headSize} floats; the fused kernel takes at most ${LARGEST_HEAD}`);
  }
  // On a processor, workgroups of more invocations than it has lanes gain nothing, and more of them idle past the last token.
  const lanes = runtime.software ? 8 : 32;
  const aligned = [headSize, ...[q, k, v].flatMap(({ offset, stride }) => [offset, stride])].every((x) => x % 4 === 0);
  const vectors = Math.ceil(headSize / 4);
  return {
    uniforms: {
      heads,
      queries,
      keys,
      scale,
      offsetQ: q.offset,
      strideQ: q.stride,
      offsetK: k.offset,
      strideK: k.stride,
      offsetV: v.offset,
      strideV: v.stride,
      vectors,
    },
    constants: { LANES: lanes, HEAD_SIZE: headSize, ALIGNED: Number(aligned), UNROLL: Number(!runtime.software) },
    slots: { VECTORS: `const VECTORS = ${vectors}u;` },
    perQuery: [Math.ceil(queries / lanes), heads, batch],
    perKey: [Math.ceil(keys / lanes), heads, batch],
  };
}
