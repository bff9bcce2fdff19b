/** A sheet shows all maps side by side, and a photo can be left out of all figures. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '@cdam/cli';
import { renderMap } from 'cdam';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { astronaut, cdam, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();

test('a sheet has a row for each target and a column for each method, and no photo where none may be shown', async () => {
  const args = ['explain', astronaut, '--model', smallModel, '--backend', 'wasm', '--target', '6', '--target', '5', '--sheet'];
  const methods = ['--method', 'attention', '--method', 'cdam'];
  expect((await cdam(folder.path, [...args, ...methods, '--out', 'with'])).code).toBe(0);
  expect((await cdam(folder.path, [...args, ...methods, '--out', 'without', '--no-photo', '--json', 'maps.json'])).code).toBe(0);
  expect(await readdir(join(folder.path, 'with'))).toContain('astronaut-picture.png');
  const files = await readdir(join(folder.path, 'without'));
  expect(files.filter((file) => /picture|attention|sheet/.test(file)).sort()).toEqual(['astronaut-attention.png', 'astronaut-sheet.png']);
  const [whole, maps] = await Promise.all(
    ['with', 'without'].map((name) => sharp(join(folder.path, name, 'astronaut-sheet.png')).metadata()),
  );
  // Panels of 8 × 8 patches of 28 pixels, 16 pixels apart.
  expect((whole?.width ?? 0) - (maps?.width ?? 0)).toBe(224 + 16);
  expect(maps?.width).toBe(2 * (224 + 16) + 16);
  expect(maps?.height).toBeGreaterThan(2 * 224);
  // The map of the second target, at the end of the second row.
  const { images }: Report = JSON.parse(await readFile(join(folder.path, 'maps.json'), 'utf8'));
  const [map] = images[0]?.maps.filter(({ target }) => target?.kind === 'class' && target.index === 5) ?? [];
  const expected = renderMap({ grid: [8, 8], scores: Float32Array.from(map?.scores ?? []) }, { width: 224, height: 224 });
  const place = { left: 2 * 16 + 224, top: (maps?.height ?? 0) - 2 * 16 - 224, width: 224, height: 224 };
  const panel = await sharp(join(folder.path, 'without', 'astronaut-sheet.png'))
    .extract(place)
    .removeAlpha()
    .raw()
    .toBuffer();
  expect(panel.every((value, i) => value === expected.data[Math.floor(i / 3) * 4 + (i % 3)])).toBe(true);
  const { data } = await sharp(join(folder.path, 'without', 'astronaut-cdam-6.png'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const alone = await sharp(join(folder.path, 'with', 'astronaut-cdam-6.png'))
    .raw()
    .toBuffer();
  expect(data.length).toBeLessThan(alone.length);
});

test('--sharpen changes figures, which say so, and leaves the scores in JSON raw', async () => {
  const args = ['explain', astronaut, '--model', smallModel, '--backend', 'wasm', '--target', '6', '--sheet', '--no-photo'];
  for (const [name, more] of [
    ['raw', []],
    ['sharp', ['--sharpen', '2']],
  ] as const)
    expect((await cdam(folder.path, [...args, ...more, '--out', name, '--json', join(name, 'maps.json')])).code).toBe(0);
  const [raw, sharpened] = await Promise.all(
    ['raw', 'sharp'].map(async (name): Promise<Report> => JSON.parse(await readFile(join(folder.path, name, 'maps.json'), 'utf8'))),
  );
  const scores = raw?.images[0]?.maps[0]?.scores ?? [];
  expect(scores).toHaveLength(64);
  expect(sharpened?.images[0]?.maps).toEqual(raw?.images[0]?.maps);
  const image = sharp(join(folder.path, 'sharp', 'astronaut-sheet.png'));
  const { height } = await image.metadata();
  const panel = await image
    .extract({ left: 16, top: height - 2 * 16 - 224, width: 224, height: 224 })
    .removeAlpha()
    .raw()
    .toBuffer();
  const expected = renderMap({ grid: [8, 8], scores: Float32Array.from(scores) }, { width: 224, height: 224, sharpen: 2 });
  expect(panel.every((value, i) => value === expected.data[Math.floor(i / 3) * 4 + (i % 3)])).toBe(true);
  // The head of the figure, above the map: the word under the bar of colours, and the colours.
  const heads = await Promise.all(
    ['raw', 'sharp'].map(async (name) => {
      const figure = sharp(join(folder.path, name, 'astronaut-frozen-gates-6.png'));
      return await figure
        .extract({ left: 900 - 336, top: 34, width: 336, height: 46 })
        .raw()
        .toBuffer();
    }),
  );
  expect(heads[0]?.equals(heads[1] ?? Buffer.alloc(0))).toBe(false);
  const { code, stderr } = await cdam(folder.path, [...args, '--sharpen', '0.5']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--sharpen is a number from 1, not "0.5"') });
});
