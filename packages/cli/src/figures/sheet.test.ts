/** The panels of a sheet have the shape of the picture, also when patches are not square. */
import type { Picture } from '@cdam/vit';
import type { TokenMap } from 'cdam';
import { expect, test } from 'vitest';
import { drawSheet, sharedLines } from './sheet.ts';

const map: TokenMap = { method: 'attention', target: undefined, from: undefined, grid: [4, 4], scores: new Float32Array(16).fill(1) };

test.each([
  [32, 32, 224, 224],
  [64, 32, 448, 224],
  [32, 48, 224, 336],
])('panels of a picture of %i × %i pixels in 4 × 4 patches are %i × %i', (width, height, panelWidth, panelHeight) => {
  const picture: Picture = { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
  const [alone, beside] = [
    drawSheet(picture, [map], () => ({}), { photo: false, sharpen: 1 }),
    drawSheet(picture, [map], () => ({}), { photo: true, sharpen: 1 }),
  ];
  expect(alone.width).toBe(panelWidth + 2 * 16);
  expect(beside.width).toBe(2 * panelWidth + 3 * 16);
  const rest =
    drawSheet({ ...picture, width: 1, height: 1, data: new Uint8Array(3) }, [map], () => ({}), { photo: false, sharpen: 1 }).height - 224;
  expect([alone.height, beside.height]).toEqual([panelHeight + rest, panelHeight + rest]);
});

test('a sheet says once what its colours mean, and what is not explained from the logit', () => {
  const about = { target: { kind: 'class', index: 2, label: 'tabby' }, from: 'log-odds' } as const;
  const maps = [map, { ...map, ...about, method: 'cdam' }];
  expect(sharedLines(maps, 2)).toEqual(['each map has its own scale', 'orange for, blue against; sharpened 2; from the log-odds']);
  const mixed = sharedLines([...maps, { ...map, ...about, from: 'logit', method: 'ledger' }], 1);
  expect(mixed[1]).toBe('orange for, blue against; cdam from the log-odds');
});
