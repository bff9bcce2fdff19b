/**
 * The backends that every parity test runs on. Without a WebGPU adapter the tests fail; they are never skipped.
 */
import { openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';

/** All backends, by name. */
export const backends: readonly { readonly name: string; readonly open: () => Promise<Backend> }[] = [
  { name: 'reference', open: async () => createReferenceBackend() },
  { name: 'wasm', open: async () => await openWasm() },
  { name: 'webgpu', open: async () => await openWebGpuNode() },
];
