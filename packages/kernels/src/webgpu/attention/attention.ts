/**
 * Attention without the matrix of scores in memory.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';
import source from './attention.wgsl';
import { HEAD_CONSTANTS, HEAD_SLOTS, HEAD_UNIFORMS, headDispatch } from './heads.ts';
import { attentionInSteps, prefersSteps } from './unfused.ts';

const kernel = defineKernel({
  name: 'attention',
  source,
  uniforms: HEAD_UNIFORMS,
  inputs: ['q', 'k', 'v'],
  outputs: ['out', 'logSumExp'],
  constants: HEAD_CONSTANTS,
  slots: HEAD_SLOTS,
});

/** softmax(scale·q·kᵀ)·v and the log-sum-exp of each row of scores; see `Primitives.attention`. */
export function attention(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  size: AttentionSize,
): { out: Storage; logSumExp: Storage } {
  if (prefersSteps(runtime)) return attentionInSteps(runtime, q, k, v, size);
  const { batch, heads, queries, headSize } = size;
  const { uniforms, constants, slots, perQuery } = headDispatch(runtime, q, k, v, size);
  const out = runtime.allocate(batch * queries * heads * headSize, 'attention');
  const logSumExp = runtime.allocate(batch * heads * queries, 'attention');
  const inputs = { q: q.storage, k: k.storage, v: v.storage };
  runtime.run(kernel, { uniforms, constants, slots, inputs, outputs: { out, logSumExp }, workgroups: perQuery });
  return { out, logSumExp };
}
