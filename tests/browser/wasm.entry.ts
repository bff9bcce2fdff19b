/**
 * The conformance suite on a page's WebAssembly.
 */

import { openWasm } from '@cdam/kernels/wasm';
import { conformanceCases } from '@cdam/tensor/conformance';
import { type CaseReport, report } from './conformance.entry.ts';

/** What was opened, and what every case measured on it. */
export type WasmReport = { readonly adapter: string; readonly isolated: boolean; readonly cases: readonly CaseReport[] };

/** Opens the backend with as many threads as are asked for, where the page allows it, and runs every case. */
export async function run(threads: number): Promise<WasmReport> {
  const backend = await openWasm({ threads });
  const cases: CaseReport[] = [];
  for (const each of conformanceCases) cases.push(await report(each, backend));
  backend.dispose();
  return { adapter: backend.adapter, isolated: globalThis.crossOriginIsolated, cases };
}
