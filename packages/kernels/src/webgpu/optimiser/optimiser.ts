/**
 * Steps of optimisers, in place on a parameter and its state.
 */
import type { AdamWStep, SgdStep, Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { type Runtime, workgroupsFor } from '../runtime.ts';
import adamWSource from './adam-w.wgsl';
import sgdSource from './sgd.wgsl';

const adamWKernel = defineKernel({
  name: 'adam-w',
  source: adamWSource,
  uniforms: {
    count: 'u32',
    decay: 'f32',
    beta1: 'f32',
    complement1: 'f32',
    beta2: 'f32',
    complement2: 'f32',
    stepSize: 'f32',
    varianceScale: 'f32',
    epsilon: 'f32',
  },
  inputs: ['gradient'],
  outputs: ['parameter', 'mean', 'variance'],
  fixed: { WORKGROUP: 256 },
});

const sgdKernel = defineKernel({
  name: 'sgd',
  source: sgdSource,
  uniforms: { count: 'u32', learningRate: 'f32', momentum: 'f32', weightDecay: 'f32' },
  inputs: ['gradient'],
  outputs: ['parameter', 'velocity'],
  fixed: { WORKGROUP: 256 },
});

/** One AdamW step in place on `parameter`, `mean` and `variance`. */
export function adamW(runtime: Runtime, parameter: Storage, gradient: Storage, mean: Storage, variance: Storage, step: AdamWStep): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = step;
  const count = parameter.length;
  runtime.run(adamWKernel, {
    uniforms: {
      count,
      decay: 1 - learningRate * weightDecay,
      beta1,
      complement1: 1 - beta1,
      beta2,
      complement2: 1 - beta2,
      stepSize: learningRate / (1 - beta1 ** step.step),
      varianceScale: 1 / Math.sqrt(1 - beta2 ** step.step),
      epsilon,
    },
    inputs: { gradient },
    outputs: { parameter, mean, variance },
    workgroups: workgroupsFor(count, adamWKernel, runtime),
  });
}

/** One step of gradient descent in place on `parameter` and `velocity`. */
export function sgd(runtime: Runtime, parameter: Storage, gradient: Storage, velocity: Storage, step: SgdStep): void {
  const { learningRate, momentum, weightDecay } = step;
  const count = parameter.length;
  runtime.run(sgdKernel, {
    uniforms: { count, learningRate, momentum, weightDecay },
    inputs: { gradient },
    outputs: { parameter, velocity },
    workgroups: workgroupsFor(count, sgdKernel, runtime),
  });
}
