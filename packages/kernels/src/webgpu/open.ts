/**
 * Two ways to a WebGPU backend: from a device that the caller has, or from a GPU object, by opening a device of our own.
 */
import { TensorError } from '@cdam/tensor';
import { requestAdapter, requestDevice } from './device.ts';
import { buildBackend, type WebGpuBackend, type WebGpuBackendOptions } from './webgpu-backend.ts';

/** How to open a device. */
export interface OpenOptions {
  /** Which of several adapters is taken: the fast one by default. */
  readonly powerPreference?: GPUPowerPreference | undefined;
  /** Open the device with WebGPU's default limits, which every device has, instead of the adapter's. */
  readonly defaultLimits?: boolean | undefined;
  /** Bytes that released buffers may keep for reuse; 512 MiB by default. */
  readonly poolBytes?: number | undefined;
  /**
   * Take the time of every kernel, for the backend's `profile`: everything gets somewhat slower. Opening throws a `TensorError`
   * where the GPU has no timestamps. Browsers round them to 0.1 ms.
   */
  readonly profile?: boolean | undefined;
  /** Weights may be kept in half precision (`halfTensor`). Opening throws a `TensorError` where the GPU has no `shader-f16`. */
  readonly half?: boolean | undefined;
}

/**
 * A backend on a device that the caller has opened and still owns: `dispose` frees the backend's buffers, but not the device.
 * With Dawn in Node the caller must also hold on to the GPU object that the device came from, or Dawn crashes.
 *
 * @example
 * const backend = createWebGpuBackend({ device });
 */
export function createWebGpuBackend(options: WebGpuBackendOptions): WebGpuBackend {
  return buildBackend(options);
}

/**
 * Opens a device and makes a backend of it, which owns the device. `gpu` is the browser's `navigator.gpu` by default.
 * Throws a `TensorError` with code `backend` when there is no WebGPU, no adapter, or no device.
 *
 * @example
 * const backend = await openWebGpu();
 */
export async function openWebGpu(gpu?: GPU, options: OpenOptions = {}): Promise<WebGpuBackend> {
  const found = gpu ?? browserGpu();
  const adapter = await requestAdapter(found, { powerPreference: options.powerPreference ?? 'high-performance' });
  const device = await requestDevice(adapter, options.defaultLimits ?? false, options.half);
  return buildBackend({ device, adapterInfo: adapter.info, poolBytes: options.poolBytes, profile: options.profile }, found);
}

function browserGpu(): GPU {
  const { navigator } = globalThis;
  const gpu = typeof navigator === 'object' && 'gpu' in navigator ? navigator.gpu : undefined;
  if (!gpu) {
    throw new TensorError(
      'backend',
      'this environment has no WebGPU: use a browser that has it, on a page served by https or from localhost; in Node, openWebGpuNode from @cdam/kernels/node',
    );
  }
  return gpu;
}
