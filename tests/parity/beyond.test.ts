/**
 * Methods beyond the paper against PyTorch, on every backend: the ledger, frozen gates and routing, from logits and from log-odds. The small
 * models have register tokens, LayerScale, a distillation token, a mean-pooled head and a grid that is not square. The weights of DeiT-Ti
 * are too large for the repository: its test runs where they lie in ../shared beside the checkout, and says that it was skipped elsewhere.
 */
import { readFile } from 'node:fs/promises';
import type { Backend } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { basisOf, explain, findMethod, keepFor, look, type MethodName, parseBasis, saveBasis, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readGolden, readPicture, relativeError, sharedPath } from '../support/golden.ts';

/** Maps by class, then by name. */
type Classes = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

const MAPS = 2e-4;

/** Golden values by method. */
const GOLDEN: readonly (readonly [MethodName, string])[] = [
  ['ledger', 'ledger'],
  ['frozen-gates', 'frozen_gates'],
  ['frozen-gates-routing', 'frozen_gates_and_routing'],
];

/** From the logit and from log-odds, for all classes that have a golden map. @returns how many maps were compared */
async function compare(view: View, classes: Classes, method: MethodName, key: string): Promise<number> {
  let compared = 0;
  for (const [from, name] of [
    ['logit', key],
    ['log-odds', `${key}_log_odds`],
  ] as const) {
    const known = Object.entries(classes).filter(([, maps]) => name in maps);
    const maps = await explain(
      view,
      method,
      known.map(([index]) => Number(index)),
      { from },
    );
    for (const [i, [, expected]] of known.entries()) {
      expect(relativeError(maps[i]?.scores ?? [], expected[name] ?? [])).toBeLessThan(MAPS);
      compared++;
    }
  }
  return compared;
}

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.dispose());

  describe.each(['vit-small-f32', 'vit-registers-f16', 'vit-mean-pooled', 'vit-non-square', 'deit-distilled-bf16'])('%s', (name) => {
    const views = new Map<string, View>();
    let classes: Classes;
    const viewFor = (method: MethodName): View => views.get(keepFor([findMethod(method)])) as View;
    beforeAll(async () => {
      const all = JSON.parse(await readFile(goldenPath('beyond.json'), 'utf8')) as Record<string, Classes>;
      classes = all[name] ?? {};
      const { image } = await readGolden(goldenPath(`${name}/expected.json`));
      const vit = await loadVit(goldenPath(name), { backend });
      const picture = await readPicture(goldenPath(`images/${image}`));
      for (const keep of ['last', 'traces', 'pass'] as const) views.set(keep, look(vit, picture, { keep }));
    });

    it.each(GOLDEN)('%s, whatever was kept of the look', async (method, key) => {
      const ledgerless = name === 'vit-mean-pooled' || name === 'deit-distilled-bf16';
      if (method === 'ledger' && ledgerless) {
        await expect(explain(viewFor(method), method, [0])).rejects.toThrow('reads more than the class token');
        return;
      }
      for (const view of [viewFor(method), views.get('last') as View]) expect(await compare(view, classes, method, key)).toBe(4);
    });

    it('a basis of the ledger answers as the model does, from log-odds and for pairs too', async () => {
      if (name === 'vit-mean-pooled' || name === 'deit-distilled-bf16') return;
      const view = viewFor('ledger');
      const basis = parseBasis(saveBasis(await basisOf(view, 'ledger'), { dtype: 'F32' }));
      const [first = 0, second = 0] = Object.keys(classes).map(Number);
      for (const from of ['logit', 'probability', 'log-odds'] as const) {
        const [map] = await explain(view, 'ledger', [first], { from });
        const answered = basis.map(first, from);
        expect(answered.method).toBe('ledger');
        expect(relativeError(answered.scores, map?.scores ?? [])).toBeLessThan(1e-5);
      }
      const pair = { kind: 'class', index: first, label: 'one against another', versus: second } as const;
      const [held] = await explain(view, 'ledger', [pair]);
      const [one, other] = await explain(view, 'ledger', [first, second]);
      const difference = one?.scores.map((score, i) => score - (other?.scores[i] ?? 0)) ?? [];
      expect(relativeError(held?.scores ?? [], difference)).toBeLessThan(1e-5);
      expect(relativeError(basis.map(pair).scores, difference)).toBeLessThan(1e-5);
    });

    it('many targets give the maps that each gives alone', async () => {
      if (name === 'vit-mean-pooled' || name === 'deit-distilled-bf16') return;
      const view = viewFor('ledger');
      const indices = Array.from({ length: view.vit.config.classes }, (_, index) => index);
      const [alone] = await explain(look(view.vit, view.pixels), 'ledger', [1]);
      expect(relativeError((await explain(view, 'ledger', indices))[1]?.scores ?? [], alone?.scores ?? [])).toBeLessThan(1e-5);
    });
  });

  const model = sharedPath('models/deit-tiny');
  describe.skipIf(model === undefined)('DeiT-Ti', () => {
    let view: View;
    let classes: Classes;
    beforeAll(async () => {
      ({ classes } = JSON.parse(await readFile(goldenPath('deit-tiny/beyond-chelsea.png.json'), 'utf8')) as { classes: Classes });
      view = look(await loadVit(model ?? '', { backend }), await readPicture(goldenPath('images/chelsea.png')), { keep: 'pass' });
    });

    it.each([...GOLDEN, ['cdam', 'cdam'] as const])('%s', async (method, key) => {
      expect(await compare(view, classes, method, key)).toBe(6);
    });
  });
});
