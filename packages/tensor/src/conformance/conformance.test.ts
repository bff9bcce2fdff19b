/**
 * The conformance suite on the reference backend. `@cdam/kernels` runs it on the fast ones, `tests/browser` on those of a browser.
 */
import { afterAll, expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { conformanceCases } from './index.ts';

const backend = createReferenceBackend();
afterAll(() => backend.dispose());

test.each(conformanceCases.map((each) => [each.name, each] as const))('%s', async (_, { run }) => {
  const { error, tolerance } = await run(backend);
  expect(error).toBeLessThanOrEqual(tolerance);
});
