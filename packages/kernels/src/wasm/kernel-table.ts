/**
 * The kernels as JavaScript sees them: by their names, called with numbers alone.
 *
 * A command names a kernel by its place in this list, so the calling thread and the workers must have the same list.
 */
export const KERNELS = [
  'activationGradient',
  'adamW',
  'attention',
  'attentionDelta',
  'attentionGradientKv',
  'attentionGradientQ',
  'binary',
  'copy',
  'copyRows',
  'full',
  'gather',
  'layerNorm',
  'layerNormGainGradient',
  'layerNormGradient',
  'matmul',
  'matmulThin',
  'packPanels',
  'reduceColumns',
  'reduceRows',
  'scatterAdd',
  'sgd',
  'softmax',
  'softmaxGradient',
  'unary',
] as const;

export type KernelName = (typeof KERNELS)[number];

/** Does the units of work from `begin` to before `end`; see assembly/simd.ts. */
export type Kernel = (begin: number, end: number, scratch: number, ...args: number[]) => void;

/** The kernels of a compiled module on a memory, in the order of {@link KERNELS}. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): readonly Kernel[] {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return KERNELS.map((name) => {
    const kernel = exports[name];
    if (typeof kernel !== 'function') throw new Error(`the module has no kernel ${name}; compile it anew`);
    return (...args) => kernel(...args);
  });
}
