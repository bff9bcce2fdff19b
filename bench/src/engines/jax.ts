/**
 * The engine for jax-js.
 */
import { defaultDevice, getWebGPUDevice, init, jit, numpy as np } from '@jax-js/jax';
import { jaxVit } from '../../peers/vit-jax.ts';
import type { Engine, EngineOptions, Prepared } from '../engine.ts';
import { factorsOf, type Product, pixels } from '../workloads.ts';

/** Makes the engine. @throws Error when its backend for the device does not start */
export async function jaxEngine({ device, files }: EngineOptions): Promise<Engine> {
  if (device !== 'webgpu' && device !== 'wasm') throw new Error(`jax-js has no backend ${device}`);
  const started = await init(device);
  if (!started.includes(device)) throw new Error(`jax-js: its backend ${device} did not start`);
  defaultDevice(device);
  return {
    adapter: device === 'webgpu' ? getWebGPUDevice().adapterInfo.description : '',
    prepare: async (workload) => {
      if (workload.kind === 'product') return prepareProduct(workload);
      if (workload.kind !== 'forward') return undefined;
      const forward = jaxVit(await files('model.safetensors'));
      const picture = pixels();
      return { run: () => read(forward(picture)) };
    },
  };
}

function prepareProduct(product: Product): Prepared {
  const { m, k, n } = product;
  const { a, b } = factorsOf(product);
  const right = np.array(b, { shape: [k, n] });
  const multiply = jit((left: np.Array, matrix: np.Array) => np.matmul(left, matrix));
  return { run: () => read(multiply(np.array(a, { shape: [m, k] }), right.ref)) };
}

async function read(result: np.Array): Promise<Float32Array> {
  const values = await result.data();
  if (!(values instanceof Float32Array)) throw new Error('jax-js gave no floats');
  return values;
}
