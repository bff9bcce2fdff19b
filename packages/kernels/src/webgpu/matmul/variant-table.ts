/**
 * Which variant of the matrix product is taken, by class of adapter. Written by `npm run tune` on an adapter of the class.
 */
import type { VariantRules } from './variants.ts';

export const VARIANT_TABLE: Readonly<Record<'gpu' | 'software', VariantRules>> = {
  gpu: {
    origin: 'not measured: 64×64 tiles with 8×8 registers where they fill the cores of a large GPU, smaller tiles else',
    rules: [{ tiles: 511, variant: '32×32' }, { variant: '64×64' }],
  },
  software: {
    origin: 'llvmpipe: Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6) 0.0.1 (mesa software), 2026-11-22',
    rules: [{ variant: 'subgroup' }],
  },
};
