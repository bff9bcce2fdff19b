/**
 * Which variant of the matrix product is taken, by class of adapter. `npm run tune`, run on an adapter of a class, writes its part.
 */

/** The sizes are those of a workgroup's tile of the result; `subgroup` needs no shared memory. */
export type VariantName = '32×32' | '64×32' | '64×64' | 'subgroup';

/** The variant for results of at most `rows` rows and at most `tiles` tiles of 32 × 32. A limit that is missing always holds. */
export interface VariantRule {
  readonly rows?: number;
  readonly tiles?: number;
  readonly variant: VariantName;
}

/** Rules of a class of adapters: the first that holds counts. */
export interface VariantRules {
  /** The adapter and the day of the measurement, or the reason where nothing was measured. */
  readonly origin: string;
  readonly rules: readonly VariantRule[];
}

/** `software` are adapters that compute on the processor, with subgroups of a known size; `gpu` are all others. */
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
