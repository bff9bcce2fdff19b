/**
 * Every primitive works on WebGPU of a real browser.
 */
import { join } from 'node:path';
import { type ConformanceCase, conformanceCases } from '@cdam/tensor/conformance';
import { beforeAll, expect, test } from 'vitest';
import type { CaseReport } from './conformance.entry.ts';
import { runInBrowser } from './launch.ts';

let reports: readonly CaseReport[];

beforeAll(async () => {
  reports = (await runInBrowser(join(import.meta.dirname, 'conformance.entry.ts'))) as readonly CaseReport[];
});

test.each(conformanceCases.map((each: ConformanceCase, index: number) => [each.name, index] as const))('%s', (name, index) => {
  const report = reports[index];
  expect(report?.name).toBe(name);
  expect(report?.message).toBeUndefined();
  expect(report?.error).toBeLessThanOrEqual(report?.tolerance ?? Number.NaN);
});
