/**
 * The WebGPU backend: which function computes each primitive of @cdam/tensor.
 */
import { type Backend, createContext, type MemoryUse, type Storage } from '@cdam/tensor';
import { bindPrimitives, type PrimitivesOn } from '../bind-primitives.ts';
import { attention } from './attention/attention.ts';
import { attentionGradient } from './attention/attention-gradient.ts';
import { attentionTerms } from './attention/attention-terms.ts';
import { adapterName, HALF, isSoftware } from './device.ts';
import { binary } from './elementwise/binary.ts';
import { full } from './elementwise/full.ts';
import { activationGradient, unary } from './elementwise/unary.ts';
import { GpuRuntime } from './gpu-runtime.ts';
import { layerNorm, layerNormGainGradient, layerNormGradient } from './layer-norm/layer-norm.ts';
import { matmul } from './matmul/matmul.ts';
import { concat, copy } from './movement/copy.ts';
import { gather, scatterAdd } from './movement/gather.ts';
import { adamW, sgd } from './optimiser/optimiser.ts';
import type { KernelTime } from './profiler.ts';
import { reduce } from './reduce/reduce.ts';
import type { Runtime } from './runtime.ts';
import { softmax, softmaxGradient } from './softmax/softmax.ts';

/** Bytes that released buffers may keep for reuse, unless told otherwise. */
const POOL_BYTES = 512 * 1024 * 1024;

/** How to make a backend of a device that is already open. */
export interface WebGpuBackendOptions {
  readonly device: GPUDevice;
  /** What the backend's `adapter` line is made of; by default the device's own information. */
  readonly adapterInfo?: GPUAdapterInfo | undefined;
  /** Bytes that released buffers may keep for reuse; 512 MiB by default. */
  readonly poolBytes?: number | undefined;
  /** Take the time of every kernel, for `profile`: everything gets somewhat slower. Needs `timestamp-query`. */
  readonly profile?: boolean | undefined;
}

/** A backend on a GPU. */
export interface WebGpuBackend extends Backend {
  /** The device, to be shared with other WebGPU code. */
  readonly device: GPUDevice;
  /** Whether the adapter computes on the CPU. */
  readonly software: boolean;
  /**
   * What kernels cost on the GPU since the last call, the costliest first.
   * Rejects with a `TensorError` when the backend was opened without `profile`.
   */
  profile(): Promise<KernelTime[]>;
}

const primitives: PrimitivesOn<Runtime> = {
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

/** Makes a backend of a device. Given the `gpu` from which the device came, the backend owns the device, and `dispose` destroys it. */
export function buildBackend(options: WebGpuBackendOptions, gpu?: GPU): WebGpuBackend {
  const { device, adapterInfo = device.adapterInfo, poolBytes = POOL_BYTES, profile = false } = options;
  const software = isSoftware(adapterInfo);
  const runtime = new GpuRuntime(device, { gpu, poolBytes, software, profile });
  return {
    name: 'webgpu',
    adapter: adapterName(adapterInfo),
    context: createContext(),
    device,
    software,
    upload: (data: Float32Array): Storage => runtime.upload(data),
    uploadHalf: device.features.has(HALF) ? (data: Float32Array): Storage => runtime.uploadHalf(data) : undefined,
    read: (x: Storage): Promise<Float32Array> => runtime.read(x),
    release: (x: Storage): void => runtime.release(x),
    memory: (): MemoryUse => runtime.memory(),
    profile: (): Promise<KernelTime[]> => runtime.profile(),
    dispose: (): void => runtime.dispose(),
    ...bindPrimitives(runtime, primitives),
  };
}
