/** The sheet of parts has a panel for each share, all with one colour scale. */
import type { Picture } from '@cdam/vit';
import type { Parts, TokenMap } from 'cdam';
import { expect, test } from 'vitest';
import { drawPartsSheet, scaleLines } from './parts-sheet.ts';

const grid = [2, 2] as const;
const map: TokenMap = {
  method: 'ledger',
  target: { kind: 'latent', name: 'f' },
  from: undefined,
  grid,
  scores: new Float32Array(4).fill(1),
};
const picture: Picture = { width: 16, height: 16, channels: 3, data: new Uint8Array(16 * 16 * 3) };
const none = new Float32Array(2);

function partsOf(by: Parts['by'], scores: readonly (readonly number[])[], heads: number): Parts {
  const shares = scores.map((row, i) => ({
    block: Math.floor(i / heads),
    head: by === 'head' ? i % heads : undefined,
    scores: Float32Array.from(row),
    prefix: none,
  }));
  return { by, shares, embedding: 0, biases: { projection: none, mlp: none, norm2: none, finalNorm: 0, head: 0 } };
}

function pixel({ width, data }: Picture, x: number, y: number): number[] {
  return Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
}

test('heads stand in a row for each block, and a weak one looks weak', () => {
  const weak = [0.1, 0.1, 0.1, 0.1];
  const strong = [1, 1, 1, 1];
  const sheet = drawPartsSheet(picture, map, partsOf('head', [weak, strong, strong, weak, strong, strong], 3), {}, { sharpen: 1 });
  expect(sheet.width).toBe(3 * (224 + 16) + 16);
  // The middle of the panels of the last block, from the lower edge.
  const at = (column: number): number[] => pixel(sheet, 16 + column * 240 + 100, sheet.height - 16 - 100);
  expect(at(1)).toEqual(at(2));
  expect(at(1)[0]).toBeGreaterThan((at(0)[0] ?? 255) + 60);
});

test('blocks stand four in a row', () => {
  const sheetOf = (blocks: number): Picture => {
    const scores = Array.from({ length: blocks }, () => [1, 0, 0, -1]);
    return drawPartsSheet(picture, map, partsOf('block', scores, 1), {}, { sharpen: 1 });
  };
  expect([2, 4, 5].map((blocks) => sheetOf(blocks).width)).toEqual([2 * 240 + 16, 4 * 240 + 16, 4 * 240 + 16]);
  expect(sheetOf(5).height - sheetOf(4).height).toBe(sheetOf(9).height - sheetOf(5).height);
});

test('the sheet says where its colours end, and what lies beyond', () => {
  const weak = Array.from({ length: 49 }, () => [0.1, 0.1, 0.1, 0.1]);
  const outlier = partsOf('block', [...weak, [0.1, 0.1, 0.1, -0.633]], 1);
  expect(scaleLines(map, outlier, 2)).toEqual([
    'what each block read, all on one scale, sharpened 2',
    'colours end at 0.100 a patch, clipped; largest 0.633',
  ]);
  expect(scaleLines(map, partsOf('block', weak, 1), 1)[1]).toBe('colours end at 0.100 a patch');
});
