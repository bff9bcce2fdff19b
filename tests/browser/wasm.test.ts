/**
 * Every primitive works on WebAssembly of a real browser: with workers in a cross-origin isolated page, with one thread in others.
 */
import { join } from 'node:path';
import { conformanceCases } from '@cdam/tensor/conformance';
import { expect, test } from 'vitest';
import { runInBrowser } from './launch.ts';
import type { WasmReport } from './wasm.entry.ts';

const worker = join(import.meta.dirname, '../../packages/kernels/src/wasm/worker.ts');

test.each([
  { where: 'an isolated page, with three workers', isolated: true, adapter: /3 threads$/ },
  { where: 'any other page, on its own thread', isolated: false, adapter: /1 thread$/ },
])(
  'all cases hold in $where',
  async ({ isolated, adapter }) => {
    const options = { isolated, workers: { '/wasm-worker.js': worker } };
    const report = (await runInBrowser(join(import.meta.dirname, 'wasm.entry.ts'), 3, options)) as WasmReport;
    expect(report.isolated).toBe(isolated);
    expect(report.adapter).toMatch(adapter);
    expect(report.cases.map(({ name }) => name)).toEqual(conformanceCases.map(({ name }) => name));
    const wrong = report.cases.filter(({ error, tolerance }) => error === null || tolerance === null || error > tolerance);
    expect(wrong).toEqual([]);
  },
  300_000,
);
