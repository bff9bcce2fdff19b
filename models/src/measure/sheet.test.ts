import { Random } from '@cdam/tensor';
import { expect, it } from 'vitest';
import { drawMosaics } from '../data/mosaic.ts';
import { syntheticArticles } from '../data/synthetic.ts';
import { layOut, sheetLabels, takeApart } from './sheet.ts';

const mosaics = drawMosaics(syntheticArticles(30, new Random(1)), 64, new Random(2), 0.25);

it('a sheet gives back the mosaics that it was made from', () => {
  const sheet = layOut(mosaics);
  expect([sheet.width, sheet.height]).toEqual([448, 448]);
  // The second mosaic begins 56 pixels to the right, the ninth 56 pixels below.
  expect(sheet.data.subarray(56, 112)).toEqual(mosaics.pixels.subarray(56 * 56, 56 * 56 + 56));
  expect(sheet.data.subarray(56 * 448, 56 * 448 + 56)).toEqual(mosaics.pixels.subarray(8 * 56 * 56, 8 * 56 * 56 + 56));
  expect(takeApart(sheet, sheetLabels(mosaics).cells)).toEqual(mosaics);
});

it('a sheet of another size or with an unknown label is refused', () => {
  const { cells } = sheetLabels(mosaics);
  expect(() => takeApart({ width: 448, height: 56, data: new Uint8Array(448 * 56) }, cells)).toThrow(/is 448 × 56/);
  expect(() => takeApart(layOut(mosaics), [['Hat', null, null, null], ...cells.slice(1)])).toThrow(/"Hat"/);
  expect(() => takeApart(layOut(mosaics), cells.slice(1))).toThrow(/252 labels/);
});
