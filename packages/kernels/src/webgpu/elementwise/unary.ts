/**
 * Functions of one number, element by element, and the gradient of activations.
 */
import type { Activation, Storage, Unary } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { type Runtime, workgroupsFor } from '../runtime.ts';
import gradientSource from './activation-gradient.wgsl';
import { derivativeSource, unarySource } from './function-sources.ts';
import source from './unary.wgsl';

const unaryKernel = defineKernel({
  name: 'unary',
  source,
  uniforms: { count: 'u32' },
  inputs: ['x'],
  outputs: ['y'],
  fixed: { WORKGROUP: 256 },
  slots: ['APPLY'],
});

const gradientKernel = defineKernel({
  name: 'activation-gradient',
  source: gradientSource,
  uniforms: { count: 'u32' },
  inputs: ['x', 'dy'],
  outputs: ['dx'],
  fixed: { WORKGROUP: 256 },
  slots: ['DERIVATIVE'],
});

/** f(x), of x's length. */
export function unary(runtime: Runtime, op: Unary, x: Storage): Storage {
  const y = runtime.allocate(x.length, op);
  const count = Math.ceil(x.length / 4);
  runtime.run(unaryKernel, {
    uniforms: { count },
    inputs: { x },
    outputs: { y },
    slots: { APPLY: unarySource(op) },
    workgroups: workgroupsFor(count, unaryKernel, runtime),
  });
  return y;
}

/** dy ⊙ f′(x), of x's length. */
export function activationGradient(runtime: Runtime, op: Activation, x: Storage, dy: Storage): Storage {
  const dx = runtime.allocate(x.length, `gradient of ${op}`);
  const count = Math.ceil(x.length / 4);
  runtime.run(gradientKernel, {
    uniforms: { count },
    inputs: { x, dy },
    outputs: { dx },
    slots: { DERIVATIVE: derivativeSource(op) },
    workgroups: workgroupsFor(count, gradientKernel, runtime),
  });
  return dx;
}
