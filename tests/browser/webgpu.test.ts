/** The harness for browser tests: a page in headless Chromium computes with WebGPU, and an error on the page fails the test. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInBrowser } from './launch.ts';

test('a compute shader doubles numbers in the browser', async () => {
  const numbers = Array.from({ length: 197 }, (_, index) => index - 98.5);
  const result = await runInBrowser(join(import.meta.dirname, 'double.ts'), numbers);
  expect(result).toEqual({ adapter: expect.stringMatching(/\S/), numbers: numbers.map((value) => 2 * value) });
});

test('an error on the page fails with its message and what the page had written', async () => {
  const failing = runInBrowser(join(import.meta.dirname, 'broken.ts'));
  await expect(failing).rejects.toThrow(/thrown on the page[\s\S]*warning: a warning of the page/);
});

test('a module that cannot be bundled fails with the name of what is missing', async () => {
  await expect(runInBrowser(join(import.meta.dirname, 'absent.ts'))).rejects.toThrow('absent.ts');
});
