/**
 * The conformance suite on the reference backend. `@cdam/kernels` runs it on the fast ones, `tests/browser` on those of a browser.
 */
import { afterAll, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { conformanceCases } from './index.ts';

const backend = createReferenceBackend();
afterAll(() => backend.dispose());

test.each(conformanceCases.map((each) => [each.name, each] as const))('%s', async (_, { run }) => {
  const { error, tolerance } = await run(backend);
  expect(error).toBeLessThanOrEqual(tolerance);
});

/** What a backend is beside its primitives. */
const NO_PRIMITIVES = ['name', 'adapter', 'context', 'cacheBytes', 'upload', 'uploadHalf', 'read', 'peek', 'release', 'memory', 'dispose'];

test('every primitive has a case', async () => {
  const called = new Set<string>();
  const watched = new Proxy(createReferenceBackend(), {
    get(target: Backend, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      called.add(String(name));
      return value.bind(target);
    },
  });
  const kinds = new Map(conformanceCases.map((each) => [each.name.split(' ')[0], each]));
  for (const { run } of kinds.values()) await run(watched);
  const primitives = Object.getOwnPropertyNames(Object.getPrototypeOf(createReferenceBackend())).filter(
    (name) => name !== 'constructor' && !NO_PRIMITIVES.includes(name),
  );
  expect(primitives.length).toBeGreaterThan(15);
  expect(primitives.filter((name) => !called.has(name)).map((name) => `the conformance suite has no case for ${name}`)).toEqual([]);
});
