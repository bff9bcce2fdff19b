/**
 * The WebAssembly backend: which function computes each primitive of @cdam/tensor, and how the backend is opened.
 */
import { type Backend, createContext, type MemoryUse, type Storage, TensorError } from '@cdam/tensor';
import { bindPrimitives, type PrimitivesOn } from '../bind-primitives.ts';
import { attention, attentionGradient, attentionTerms } from './attention.ts';
import { activationGradient, adamW, binary, full, sgd, unary } from './elementwise.ts';
import { DirectExecutor, type Executor, type StartWorker, WorkerExecutor } from './executor.ts';
import { instantiate } from './kernel-table.ts';
import { layerNorm, layerNormGainGradient, layerNormGradient } from './layer-norm.ts';
import { matmul } from './matmul.ts';
import { compileKernels, createMemory, hasRelaxedSimd, hasSimd } from './module.ts';
import { concat, copy, gather, scatterAdd } from './movement.ts';
import { reduce } from './reduce.ts';
import { softmax, softmaxGradient } from './softmax.ts';
import { WasmRuntime } from './wasm-runtime.ts';

/** Bytes of packed weights that are kept, unless told otherwise. */
const PACKED_BYTES = 64 * 1024 * 1024;
/** The small products of a ViT have no work for more threads than this. */
const MOST_THREADS = 16;

/** How to open the WebAssembly backend. */
export interface WasmOptions {
  /**
   * Threads that compute. By default as many as the machine runs at once, but at most 16. With 1, everything is computed on the calling
   * thread as soon as it is asked for; with more, the calling thread only enqueues.
   */
  readonly threads?: number | undefined;
  /**
   * Bytes of weights that may be kept a second time, in the order in which products read them; 64 MiB by default. They are freed with
   * the weights, and `memory()` does not count them.
   */
  readonly packedBytes?: number | undefined;
}

/** A backend on the processor. */
export interface WasmBackend extends Backend {
  readonly threads: number;
  /** Bytes of its WebAssembly memory, which grows but never shrinks. */
  readonly reservedBytes: number;
}

/** Roughly the cache of a processor's core: DeiT-Ti is fastest on 16 pictures when 4 to 8 MiB of results are in use at a time. */
const CACHE_BYTES = 8 * 2 ** 20;

const primitives: PrimitivesOn<WasmRuntime> = {
  full,
  unary,
  activationGradient,
  binary,
  reduce,
  copy,
  concat,
  gather,
  scatterAdd,
  matmul,
  softmax,
  softmaxGradient,
  layerNorm,
  layerNormGradient,
  layerNormGainGradient,
  attention,
  attentionTerms,
  attentionGradient,
  adamW,
  sgd,
};

/** What differs between Node and a page. */
export interface Host {
  /** Threads that the machine runs at once. */
  readonly parallelism: number;
  /** Missing where workers cannot share memory. */
  readonly startWorker: StartWorker | undefined;
}

/** Opens the backend on a host. Throws a `TensorError` with code `argument` or `backend`. */
export async function openWasmOn({ parallelism, startWorker }: Host, options: WasmOptions): Promise<WasmBackend> {
  const { threads = Math.min(parallelism, MOST_THREADS), packedBytes = PACKED_BYTES } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new TensorError('argument', `wasm: ${threads} threads cannot be; take 1 or more, or leave the number out`);
  }
  if (!hasSimd()) throw new TensorError('backend', 'wasm: this engine has no 128-bit SIMD; use the reference backend');
  const start = threads > 1 ? startWorker : undefined;
  const memory = createMemory(start !== undefined);
  const module = await compileKernels(start !== undefined);
  const executor: Executor = start
    ? await WorkerExecutor.start(start, module, memory, threads)
    : new DirectExecutor(instantiate(module, memory));
  const runtime = new WasmRuntime(executor, memory, packedBytes);
  const features = ['SIMD128', ...(hasRelaxedSimd() ? ['relaxed'] : []), `${executor.threads} thread${executor.threads === 1 ? '' : 's'}`];
  return {
    name: 'wasm',
    adapter: features.join(', '),
    cacheBytes: CACHE_BYTES,
    context: createContext(),
    threads: executor.threads,
    get reservedBytes(): number {
      return runtime.reserved;
    },
    upload: (data: Float32Array): Storage => runtime.upload(data),
    read: (x: Storage): Promise<Float32Array> => runtime.read(x),
    release: (x: Storage): void => runtime.release(x),
    memory: (): MemoryUse => runtime.memory(),
    dispose: (): void => runtime.dispose(),
    ...bindPrimitives(runtime, primitives),
  };
}
