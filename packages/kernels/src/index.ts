/**
 * The WebGPU backend for @cdam/tensor, for browsers, and for devices that the caller has opened. For Node see `@cdam/kernels/node`.
 */

export { type AdapterDescription, describeAdapter } from './webgpu/device.ts';
export { createWebGpuBackend, type OpenOptions, openWebGpu } from './webgpu/open.ts';
export type { KernelTime } from './webgpu/profiler.ts';
export type { WebGpuBackend, WebGpuBackendOptions } from './webgpu/webgpu-backend.ts';
