import { test } from 'vitest';
import { runInBrowser } from '/work/main/tests/browser/launch.ts';
test('x', async () => {
  const r = (await runInBrowser('/work/main/tests/browser/conformance.entry.ts')) as any[];
  console.log(r.length, r.filter((c) => !(c.error !== null && c.error <= c.tolerance)).slice(0, 20));
});
