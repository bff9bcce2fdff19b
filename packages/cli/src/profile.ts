/**
 * `cdam explain --profile`: the times of all stages and kernels. The first explanation compiles kernels and the like, so its times are
 * shown beside those of a second explanation of the same picture, which is in the steady state.
 */
import type { KernelTime } from '@cdam/kernels/node';
import type { Milliseconds } from './report.ts';

/** The times of two explanations of one picture. */
export interface Profile {
  /** Wall times of the first explanation. */
  readonly first: Milliseconds;
  /** Wall times of the second one. */
  readonly steady: Milliseconds;
  /** The times of kernels, the longest first; undefined for backends that have no timestamps. */
  readonly kernels: readonly KernelTime[] | undefined;
}

const STAGES = ['preprocess', 'backbone', 'maps'] as const;

/** A profile as lines of text. */
export function profileLines({ first, steady, kernels }: Profile): string[] {
  const stages = STAGES.map((stage) => `${stage.padEnd(12)}${cell(first[stage])}${cell(steady[stage])}`);
  const lines = ['', `stage       ${'first run'.padStart(12)}${'steady'.padStart(12)}   ms of wall time`, ...stages];
  if (kernels === undefined) return [...lines, '', 'this backend has no timestamps, so there are no times of kernels'];
  return [...lines, ...kernelLines(kernels)];
}

function kernelLines(kernels: readonly KernelTime[]): string[] {
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const width = Math.max(6, ...kernels.map(({ kernel }) => kernel.length));
  const row = (name: string, calls: string, time: string, share: string): string =>
    `${name.padEnd(width)}${calls.padStart(7)}${time.padStart(12)}${share.padStart(8)}`;
  return [
    '',
    row('kernel', 'calls', 'ms', 'share'),
    ...kernels.map(({ kernel, calls, milliseconds }) =>
      row(kernel, String(calls), milliseconds.toFixed(2), `${((100 * milliseconds) / total).toFixed(1)} %`),
    ),
    row('all', String(kernels.reduce((sum, { calls }) => sum + calls, 0)), total.toFixed(2), ''),
    'kernel times are of the steady run; with --profile each kernel runs in a pass of its own, which takes somewhat longer',
  ];
}

function cell(milliseconds: number): string {
  return milliseconds.toFixed(1).padStart(12);
}
