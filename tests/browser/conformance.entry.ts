/**
 * Runs the conformance suite on a page, with WebGPU of the browser.
 */
import { openWebGpu } from '@cdam/kernels';
import type { Backend } from '@cdam/tensor';
import { type ConformanceCase, conformanceCases } from '@cdam/tensor/conformance';

/** The result of a case; when it could not be measured, `error` is null and `message` says why. */
export type CaseReport = {
  readonly name: string;
  readonly error: number | null;
  readonly tolerance: number | null;
  readonly message?: string;
};

/** Runs one case. */
export async function report({ name, run }: ConformanceCase, backend: Backend): Promise<CaseReport> {
  try {
    const { error, tolerance } = await run(backend);
    // JSON has no Infinity.
    return Number.isFinite(error) ? { name, error, tolerance } : { name, error: null, tolerance, message: 'wrong length, or not a number' };
  } catch (failure) {
    return { name, error: null, tolerance: null, message: failure instanceof Error ? failure.message : String(failure) };
  }
}

/** Runs every case on the browser's adapter; a case passes when its `error` is a number and at most its `tolerance`. */
export async function run(): Promise<CaseReport[]> {
  const backend = await openWebGpu();
  const reports: CaseReport[] = [];
  for (const each of conformanceCases) reports.push(await report(each, backend));
  backend.dispose();
  return reports;
}
