/**
 * The gradient of attention. The weights are computed again from the saved log-sum-exp, which costs less than to keep them. One kernel
 * goes over the keys for each query, the other over the queries for each key, so that no two invocations add to the same place.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';
import sourceOfKeysAndValues from './attention-gradient-kv.wgsl';
import sourceOfQueries from './attention-gradient-q.wgsl';
import { HEAD_CONSTANTS, HEAD_SLOTS, HEAD_UNIFORMS, headDispatch } from './heads.ts';
import { attentionGradientInSteps, prefersSteps } from './unfused.ts';

const kernelOfQueries = defineKernel({
  name: 'attention-gradient-q',
  source: sourceOfQueries,
  uniforms: HEAD_UNIFORMS,
  inputs: ['q', 'k', 'v', 'out', 'logSumExp', 'dout'],
  outputs: ['dq', 'delta'],
  constants: HEAD_CONSTANTS,
  slots: HEAD_SLOTS,
});

const kernelOfKeysAndValues = defineKernel({
  name: 'attention-gradient-kv',
  source: sourceOfKeysAndValues,
  uniforms: HEAD_UNIFORMS,
  inputs: ['q', 'k', 'v', 'logSumExp', 'delta', 'dout'],
  outputs: ['dk', 'dv'],
  constants: HEAD_CONSTANTS,
  slots: HEAD_SLOTS,
});

/** Gradients of q, k and v, each dense [batch, tokens, heads·headSize]; see `Primitives.attentionGradient`. */
export function attentionGradient(
  runtime: Runtime,
  q: HeadRows,
  k: HeadRows,
  v: HeadRows,
  out: Storage,
  logSumExp: Storage,
  dout: Storage,
  size: AttentionSize,
): { dq: Storage; dk: Storage; dv: Storage } {
  if (prefersSteps(runtime)) return attentionGradientInSteps(runtime, q, k, v, logSumExp, dout, size);
  const { batch, heads, queries, keys, headSize } = size;
  const { uniforms, constants, slots, perQuery, perKey } = headDispatch(runtime, q, k, v, size);
  const allocate = (length: number): Storage => runtime.allocate(length, 'attentionGradient');
  const dq = allocate(batch * queries * heads * headSize);
  const dk = allocate(batch * keys * heads * headSize);
  const dv = allocate(batch * keys * heads * headSize);
  const delta = allocate(batch * heads * queries);
  const rows = { q: q.storage, k: k.storage, v: v.storage };
  runtime.run(kernelOfQueries, {
    uniforms,
    constants,
    slots,
    inputs: { ...rows, out, logSumExp, dout },
    outputs: { dq, delta },
    workgroups: perQuery,
  });
  runtime.run(kernelOfKeysAndValues, {
    uniforms,
    constants,
    slots,
    inputs: { ...rows, logSumExp, delta, dout },
    outputs: { dk, dv },
    workgroups: perKey,
  });
  runtime.release(delta);
  return { dq, dk, dv };
}
