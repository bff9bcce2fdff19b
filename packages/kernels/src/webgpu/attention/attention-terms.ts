/**
 * What the first query reads from each key. Attention itself keeps only the sum of it.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { rowVariant } from '../row-variant.ts';
import type { Runtime } from '../runtime.ts';
import source from './attention-terms.wgsl';

const kernel = defineKernel({
  name: 'attention-terms',
  source,
  uniforms: {
    heads: 'u32',
    queries: 'u32',
    keys: 'u32',
    headSize: 'u32',
    scale: 'f32',
    offsetQ: 'u32',
    strideQ: 'u32',
    offsetK: 'u32',
    strideK: 'u32',
    offsetV: 'u32',
    strideV: 'u32',
  },
  inputs: ['q', 'k', 'v'],
  outputs: ['terms', 'own'],
  constants: ['WIDTH'],
  slots: ['EXTENSIONS', 'FOLD'],
});

/** softmax(scale·q₀·k) ⊙ v, [batch, keys, heads·headSize], and the weight of the first key; see `Primitives.attentionTerms`. */
export function attentionTerms(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
): { terms: Storage; own: Storage } {
  const { batch, heads, queries, keys, headSize, scale } = size;
  const terms = runtime.allocate(batch * keys * heads * headSize, 'attentionTerms');
  const own = runtime.allocate(batch * heads * headSize, 'attentionTerms');
  const { width, slots } = rowVariant(runtime, keys);
  runtime.run(kernel, {
    uniforms: {
      heads,
      queries,
      keys,
      headSize,
      scale,
      offsetQ: q.offset,
      strideQ: q.stride,
      offsetK: k.offset,
      strideK: k.stride,
      offsetV: v.offset,
      strideV: v.stride,
    },
    inputs: { q: q.storage, k: k.storage, v: v.storage },
    outputs: { terms, own },
    constants: { WIDTH: width },
    slots,
    workgroups: [heads, batch, 1],
  });
  return { terms, own };
}
