/**
 * Runs the conformance suite on a page, with WebAssembly.
 */
import { openWasm } from '@cdam/kernels/wasm';
import { conformanceCases } from '@cdam/tensor/conformance';
import { type CaseReport, report } from './conformance.entry.ts';

/** The backend that was opened, and the results of all cases. */
export type WasmReport = { readonly adapter: string; readonly isolated: boolean; readonly cases: readonly CaseReport[] };

/** Opens the backend, with this number of threads if the page allows it, and runs every case. */
export async function run(threads: number): Promise<WasmReport> {
  const backend = await openWasm({ threads });
  const cases: CaseReport[] = [];
  for (const each of conformanceCases) cases.push(await report(each, backend));
  backend.dispose();
  return { adapter: backend.adapter, isolated: globalThis.crossOriginIsolated, cases };
}
