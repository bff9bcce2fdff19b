/**
 * The process of one engine in Node. Its arguments name the contender, and messages say what to do.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Backend, createReferenceBackend } from '@cdam/tensor';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { Contender } from '../contenders.ts';
import type { Engine, EngineOptions, Files } from '../engine.ts';
import { type Request, Session } from './session.ts';

const [contenderJson = '', modelFolder = ''] = process.argv.slice(2);
const contender: Contender = JSON.parse(contenderJson);
const files: Files = async (name) => new Uint8Array(await readFile(join(modelFolder, name)));
const require = createRequire(import.meta.url);

async function openEngine({ library, device, threads }: Contender): Promise<Engine> {
  const options: EngineOptions = { device, threads, files };
  if (device === 'webgpu' && (library === 'jax-js' || library === 'tfjs')) await pretendBrowser();
  switch (library) {
    case 'cdam':
      return (await import('../engines/cdam.ts')).openCdam(await openBackend(device, threads), files);
    case 'jax-js':
      return (await import('../engines/jax.ts')).jaxEngine(options);
    case 'tfjs':
      return (await import('../engines/tfjs.ts')).tfjsEngine(loadTensorFlow(device), options);
    case 'onnxruntime-web': {
      const ort = await import('onnxruntime-web');
      ort.env.wasm.numThreads = threads;
      return (await import('../engines/onnxruntime.ts')).onnxruntimeEngine(ort, options);
    }
    case 'onnxruntime-node':
      return (await import('../engines/onnxruntime.ts')).onnxruntimeEngine(await import('onnxruntime-node'), options);
    default:
      throw new Error(`bench: ${library} does not run in Node`);
  }
}

async function openBackend(device: Contender['device'], threads: number): Promise<Backend> {
  if (device === 'webgpu') return (await import('@cdam/kernels/node')).openWebGpuNode();
  if (device === 'wasm') return (await import('@cdam/kernels/wasm/node')).openWasm({ threads });
  return createReferenceBackend();
}

/** Loads TensorFlow.js, whose builds for Node are CommonJS. */
function loadTensorFlow(device: Contender['device']): typeof TensorFlow {
  require(device === 'webgpu' ? '@tensorflow/tfjs-backend-webgpu' : '@tensorflow/tfjs-backend-wasm');
  return require('@tensorflow/tfjs-core');
}

/** Defines `navigator.gpu` and the constants of WebGPU, which peers that are written for pages look for. */
async function pretendBrowser(): Promise<void> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]), userAgent: 'Node' }, configurable: true });
}

const session = new Session(() => openEngine(contender));
process.on('message', (request: Request) => {
  session.handle(request).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
