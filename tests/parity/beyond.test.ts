/**
 * Methods beyond the paper against PyTorch: the ledger, frozen gates and routing, from logits and from log-odds, on DeiT-Ti. The weights are
 * too large for the repository: the test runs where they lie in ../shared beside the checkout, and says that it was skipped elsewhere.
 */
import { readFile } from 'node:fs/promises';
import type { Backend } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { explain, look, type MethodName, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readPicture, relativeError, sharedPath } from '../support/golden.ts';

interface Beyond {
  readonly classes: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

const model = sharedPath('models/deit-tiny');

/** Golden values by method. */
const GOLDEN: readonly (readonly [MethodName, string])[] = [
  ['cdam', 'cdam'],
  ['ledger', 'ledger'],
  ['frozen-gates', 'frozen_gates'],
  ['frozen-gates-routing', 'frozen_gates_and_routing'],
];

describe.skipIf(model === undefined).each(backends)('DeiT-Ti on $name', ({ open }) => {
  let backend: Backend;
  let view: View;
  let classes: [number, Beyond['classes'][string]][];
  beforeAll(async () => {
    backend = await open();
    const golden = JSON.parse(await readFile(goldenPath('deit-tiny/beyond-chelsea.png.json'), 'utf8')) as Beyond;
    classes = Object.entries(golden.classes).map(([index, maps]) => [Number(index), maps]);
    view = look(await loadVit(model ?? '', { backend }), await readPicture(goldenPath('images/chelsea.png')));
  });
  afterAll(() => backend.dispose());

  it.each(GOLDEN)('%s, from the logit and from log-odds', async (method, key) => {
    for (const [from, name] of [
      ['logit', key],
      ['log-odds', `${key}_log_odds`],
    ] as const) {
      const maps = await explain(
        view,
        method,
        classes.map(([index]) => index),
        { from },
      );
      for (const [i, [, expected]] of classes.entries())
        expect(relativeError(maps[i]?.scores ?? [], expected[name] ?? [])).toBeLessThan(2e-4);
    }
  });
});
