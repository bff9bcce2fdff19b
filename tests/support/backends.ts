/**
 * The backends that every parity test runs on. WebGPU fails loudly where a chosen driver has no adapter; only where nothing was chosen, and
 * the machine offers none, it is left out (see skip-unavailable.ts).
 */
import { openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';

/** All backends, by name. */
export const backends: readonly { readonly name: string; readonly open: () => Promise<Backend> }[] = [
  { name: 'reference', open: async () => createReferenceBackend() },
  { name: 'wasm', open: async () => await openWasm() },
  ...(process.env.CDAM_NO_WEBGPU === undefined ? [{ name: 'webgpu', open: async () => await openWebGpuNode() }] : []),
];
