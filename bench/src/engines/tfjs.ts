/**
 * The engine for TensorFlow.js. The host loads it and its backend, since Node and pages need different builds.
 */
import type * as TensorFlow from '@tensorflow/tfjs-core';
import { tfjsVit } from '../../peers/vit-tfjs.ts';
import type { Engine, EngineOptions, Prepared } from '../engine.ts';
import { factorsOf, type Product, pixels } from '../workloads.ts';

type Tf = typeof TensorFlow;

/** Makes the engine. @throws Error when its backend for the device does not start */
export async function tfjsEngine(tf: Tf, { device, files }: EngineOptions): Promise<Engine> {
  if (!(await tf.setBackend(device))) throw new Error(`tfjs: its backend ${device} did not start`);
  await tf.ready();
  return {
    adapter: '',
    prepare: async (workload) => {
      if (workload.kind === 'product') return prepareProduct(tf, workload);
      if (workload.kind !== 'forward') return undefined;
      const forward = tfjsVit(tf, await files('model.safetensors'));
      const picture = pixels();
      return { run: () => read(() => forward(picture)) };
    },
  };
}

function prepareProduct(tf: Tf, product: Product): Prepared {
  const { m, k, n } = product;
  const { a, b } = factorsOf(product);
  const right = tf.tensor2d(b, [k, n]);
  return { run: () => read(() => tf.tidy(() => tf.matMul(tf.tensor2d(a, [m, k]), right))) };
}

async function read(compute: () => TensorFlow.Tensor): Promise<Float32Array> {
  const result = compute();
  try {
    return Float32Array.from(await result.data<'float32'>());
  } finally {
    result.dispose();
  }
}
