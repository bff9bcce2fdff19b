/** The list of methods is complete, and every method checks its options. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReferenceBackend } from '@cdam/tensor';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { View } from '../view/view.ts';
import { explain } from './explain.ts';
import { resolveOptions } from './options.ts';
import { findMethod, METHODS, type MethodOptions } from './registry.ts';

/** A stand-in for a view: options are checked before the view is used. */
const view = { vit: { backend: createReferenceBackend(), config: { classes: 3 } }, grid: [1, 1] } as unknown as View;

describe('the registry', () => {
  it('names each method once', () => {
    expect(new Set(METHODS.map(({ name }) => name)).size).toBe(METHODS.length);
  });

  it('lists every file that declares a method, under the name of the file', () => {
    const declared = readdirSync(import.meta.dirname).filter(
      (file) => !file.endsWith('.test.ts') && readFileSync(join(import.meta.dirname, file), 'utf8').includes(' = defineMethod({'),
    );
    const names = METHODS.map(({ name }): string => name);
    const unlisted = declared.filter((file) => !names.includes(file.replace(/\.ts$/, '')));
    expect(unlisted.map((file) => `registry.ts does not list the method of ${file}`)).toEqual([]);
    expect(declared).toHaveLength(names.length);
  });
});

describe.each(METHODS.map((method) => [method.name, method] as const))('the options of %s', (name, method) => {
  it('take their own fallbacks', () => {
    const fallbacks = Object.fromEntries(Object.entries(method.options).map(([option, { fallback }]) => [option, fallback]));
    expect(resolveOptions(name, method.options, fallbacks)).toEqual(fallbacks);
    expect(resolveOptions(name, method.options, {})).toEqual(fallbacks);
  });

  it('are all that it takes', async () => {
    await expect(explain(view, name, [0], { colour: 'red' } as object)).rejects.toThrow(`${name}: there is no option "colour"`);
    await expect(findMethod(name).read(view, [0], { colour: 'red' })).rejects.toThrow(`${name}: there is no option "colour"`);
  });

  it('refuse other values than those that they name', async () => {
    for (const [option, { wanted }] of Object.entries(method.options)) {
      for (const value of [-1, 0.5, Number.NaN, 'loss', null].filter((bad) => !(bad === 0.5 && wanted.startsWith('a number')))) {
        const given = { [option]: value } as object;
        await expect(explain(view, name, [0], given)).rejects.toThrow(
          `${name}: ${option} is ${typeof value === 'string' ? JSON.stringify(value) : value}; give ${wanted}`,
        );
      }
    }
  });
});

describe('an option that a method does not use', () => {
  it.each(['partial-lrp', 'random', 'attention', 'rollout'] as const)(
    'is refused: %s has no choice between logit and probability',
    async (name) => {
      await expect(explain(view, name, [0], { from: 'probability' } as object)).rejects.toThrow('there is no option "from"');
    },
  );

  it('does not compile', () => {
    expectTypeOf<{ variant: 'complete' }>().not.toExtend<MethodOptions<'smooth-cdam'>>();
    expectTypeOf<{ variant: 'complete' }>().toExtend<MethodOptions<'integrated-cdam'>>();
    expectTypeOf<{ from: 'logit' }>().not.toExtend<MethodOptions<'partial-lrp'>>();
    expectTypeOf<{ samples: number; noise: number; seed: number }>().toExtend<MethodOptions<'smoothgrad'>>();
  });
});
