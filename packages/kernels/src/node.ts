/**
 * WebGPU in Node, by Dawn: the optional package `webgpu`. It is loaded when it is first wanted, and nothing is put on `globalThis`.
 *
 * Dawn crashes when the GPU object that its `create` returns is collected before the objects that came from it, and Node may not exit by
 * itself while a global holds that object. So the backend holds it, and no module does.
 */
import { type Storage, TensorError } from '@cdam/tensor';
import { mergeDawnOptions } from './node/dawn-options.ts';
import { type AdapterDescription, describeAdapter, requestAdapter } from './webgpu/device.ts';
import { messageOf } from './webgpu/errors.ts';
import { type OpenOptions, openWebGpu } from './webgpu/open.ts';
import type { WebGpuBackend } from './webgpu/webgpu-backend.ts';

/** How to open WebGPU in Node. */
export interface NodeOptions extends OpenOptions {
  /** Dawn's own options, such as `backend=vulkan`, `adapter=…` or `enable-dawn-features=…`. */
  readonly dawn?: readonly string[] | undefined;
}

/**
 * Loads Dawn and makes a GPU object. Hold on to it for as long as anything that came from it is used, and not longer.
 * Throws a `TensorError` with code `backend` when the package `webgpu` is missing or does not load on this machine.
 */
export async function createNodeGpu(dawn: readonly string[] = []): Promise<GPU> {
  try {
    const { create } = await import('webgpu');
    return create([...dawn]);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    const advice = missing ? 'install it with `npm install webgpu`' : `it does not load on this machine (${messageOf(cause)})`;
    throw new TensorError('backend', `WebGPU in Node needs the package webgpu: ${advice}, or use the reference backend`, { cause });
  }
}

/** Opens a device through Dawn and makes a backend of it, which owns the device. Throws as `createNodeGpu` and `openWebGpu` do. */
export async function openWebGpuNode(options: NodeOptions = {}): Promise<WebGpuBackend> {
  const backend = await openWebGpu(await createNodeGpu(dawnOptions(options)), options);
  return backend.software ? { ...backend, read: restingReads((x) => backend.read(x)) } : backend;
}

/** Dawn's options: those that ours ask for, and the caller's own. */
function dawnOptions({ profile, half, dawn = [] }: NodeOptions): string[] {
  // Dawn rounds timestamps as a browser must, to 0.1 ms, unless it is told that this is no browser.
  const exact = profile ? ['disable-dawn-features=timestamp_quantization'] : [];
  // On NVIDIA's Vulkan driver it hides half precision unless it is told to show it.
  const shown = half ? ['enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia,use_vulkan_memory_model'] : [];
  return mergeDawnOptions([...exact, ...shown, ...dawn]);
}

/** Milliseconds for which the event loop rests while a read waits: at first, and at most. */
const REST = { first: 1 / 16, longest: 1 };

/**
 * While a read waits, Dawn asks after every turn of Node's event loop whether it is done, and the loop turns as fast as it can, which
 * keeps a core of the processor busy. Where shaders run on the processor too, they lack that core. So the loop is slowed down while there
 * are reads under way: little at first, for what takes no longer than that, and soon to a thousand turns a second.
 */
function restingReads(read: (x: Storage) => Promise<Float32Array>): (x: Storage) => Promise<Float32Array> {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  let waiting = 0;
  let resting = false;
  let pause = REST.first;
  const rest = (): void => {
    resting = waiting > 0;
    if (!resting) return;
    Atomics.wait(bell, 0, 0, pause);
    pause = Math.min(REST.longest, pause * 1.5);
    setImmediate(rest);
  };
  return async (x) => {
    waiting++;
    pause = REST.first;
    if (!resting) setImmediate(rest);
    resting = true;
    try {
      return await read(x);
    } finally {
      waiting--;
    }
  };
}

/** Describes the adapter that `openWebGpuNode` would take. Throws as it does. */
export async function describeNodeAdapter(options: NodeOptions = {}): Promise<AdapterDescription> {
  const gpu = await createNodeGpu(dawnOptions(options));
  return describeAdapter(await requestAdapter(gpu, { powerPreference: options.powerPreference ?? 'high-performance' }));
}

export * from './index.ts';
