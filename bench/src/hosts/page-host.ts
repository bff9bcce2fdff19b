/**
 * The script of the page of one engine in a browser.
 */
import type { Backend } from '@cdam/tensor';
import type { Contender } from '../contenders.ts';
import type { Engine, EngineOptions, Files } from '../engine.ts';
import { type Request, Session } from './session.ts';

const files: Files = async (name) => {
  const response = await fetch(`/model/${name}`);
  if (!response.ok) throw new Error(`bench: the server has no ${name}`);
  return new Uint8Array(await response.arrayBuffer());
};

async function openEngine({ library, device, threads }: Contender): Promise<Engine> {
  const options: EngineOptions = { device, threads, files };
  switch (library) {
    case 'cdam':
      return (await import('../engines/cdam.ts')).openCdam(await openBackend(device, threads), files);
    case 'jax-js':
      return (await import('../engines/jax.ts')).jaxEngine(options);
    case 'tfjs': {
      const tf = await import('@tensorflow/tfjs-core');
      if (device === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
      else {
        const wasm = await import('@tensorflow/tfjs-backend-wasm');
        wasm.setWasmPaths('/tfjs/');
        wasm.setThreadsCount(threads);
      }
      return (await import('../engines/tfjs.ts')).tfjsEngine(tf, options);
    }
    case 'onnxruntime-web': {
      const ort = device === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
      ort.env.wasm.wasmPaths = '/onnxruntime/';
      ort.env.wasm.numThreads = threads;
      return (await import('../engines/onnxruntime.ts')).onnxruntimeEngine(ort, options);
    }
    default:
      throw new Error(`bench: ${library} does not run in a page`);
  }
}

async function openBackend(device: Contender['device'], threads: number): Promise<Backend> {
  if (device === 'wasm') return (await import('@cdam/kernels/wasm')).openWasm({ threads });
  return (await import('@cdam/kernels')).openWebGpu();
}

declare global {
  interface Window {
    /** Called by page.ts: opens a session for a contender. */
    openSession: (contender: Contender) => void;
    /** Called by page.ts: carries a request out. */
    handle: (request: Request) => ReturnType<Session['handle']>;
  }
}

let session: Session | undefined;
window.openSession = (contender) => {
  session = new Session(() => openEngine(contender));
};
window.handle = async (request) => await session?.handle(request);
