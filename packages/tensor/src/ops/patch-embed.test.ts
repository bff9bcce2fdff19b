import { describe, expect, it } from 'vitest';
import { createReferenceBackend, patchEmbed, Random, randomNormal, sizeOf } from '../index.ts';

const backend = createReferenceBackend();

/** Pictures [batch, channels, height, width], patches [height, width], and the width of a token. */
const problems = [
  { pictures: [2, 3, 8, 8], patch: [4, 4], width: 5 },
  { pictures: [1, 2, 6, 8], patch: [2, 4], width: 7 },
  { pictures: [3, 1, 3, 10], patch: [3, 2], width: 1 },
] as const;

describe.each(problems)('the patch embedding of pictures $pictures in patches $patch', ({ pictures: shape, patch, width }) => {
  const [batch, channels, height, columns] = shape;
  const [patchHeight, patchWidth] = patch;
  const random = new Random(3);
  const pictures = randomNormal(backend, shape, random);
  const weight = randomNormal(backend, [width, channels, patchHeight, patchWidth], random);
  const bias = randomNormal(backend, [width], random);

  it.each([true, false])('is the convolution with a bias: %s', async (withBias) => {
    const tokens = patchEmbed(pictures, weight, withBias ? bias : undefined);
    const [x, w, b] = await Promise.all([pictures.data(), weight.data(), bias.data()]);
    const [gridRows, gridColumns] = [height / patchHeight, columns / patchWidth];
    const expected: number[] = [];
    for (let n = 0; n < batch; n++) {
      for (let cell = 0; cell < gridRows * gridColumns; cell++) {
        const [top, left] = [Math.floor(cell / gridColumns) * patchHeight, (cell % gridColumns) * patchWidth];
        for (let o = 0; o < width; o++) {
          let sum = withBias ? (b[o] ?? 0) : 0;
          for (let i = 0; i < channels * patchHeight * patchWidth; i++) {
            const [c, y, z] = [Math.floor(i / (patchHeight * patchWidth)), Math.floor(i / patchWidth) % patchHeight, i % patchWidth];
            const pixel = ((n * channels + c) * height + top + y) * columns + left + z;
            sum += (x[pixel] ?? 0) * (w[o * channels * patchHeight * patchWidth + i] ?? 0);
          }
          expected.push(sum);
        }
      }
    }
    expect(tokens.shape).toEqual([batch, gridRows * gridColumns, width]);
    const actual = await tokens.data();
    expect(actual.length).toBe(sizeOf(tokens.shape));
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
  });
});
