/** Captions can be read: every letter has its dots in the right places, and long text is cut. */
import { describe, expect, test } from 'vitest';
import { Canvas, fitText, textWidth } from './canvas.ts';
import { GLYPH_HEIGHT, GLYPH_WIDTH, readFont, toAscii } from './font.ts';

/** Dark pixels as `#`. */
function show({ picture: { width, height, data } }: Canvas): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => ((data[(y * width + x) * 3] ?? 0) < 128 ? '#' : '.')).join(''),
  );
}

describe('the font', () => {
  test('has dots for every printable character of ASCII, each of the same size and no two alike', () => {
    const font = readFont();
    const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
    expect([...font.keys()]).toEqual(printable);
    for (const [letter, lines] of font) {
      expect(lines, letter).toHaveLength(GLYPH_HEIGHT);
      for (const line of lines) expect(line, letter).toMatch(new RegExp(`^[#.]{${GLYPH_WIDTH}}$`));
      expect(lines.join(''), letter).toContain('#');
    }
    expect(new Set([...font.values()].map((lines) => lines.join())).size).toBe(94);
  });

  test('writes letters with accents without them, and other scripts as question marks', () => {
    expect(toAscii('Crème brûlée – “ñandú” 猫')).toBe('Creme brulee - "nandu" ?');
  });
});

describe('the canvas', () => {
  test('writes letters beside each other, as large as they are asked for', () => {
    const canvas = new Canvas(textWidth('L-', 1) + 1, 9, [255, 255, 255]);
    canvas.write(1, 0, 'L-', 1, [0, 0, 0]);
    expect(show(canvas)).toEqual([
      '.#..........',
      '.#..........',
      '.#..........',
      '.#.....#####',
      '.#..........',
      '.#..........',
      '.#####......',
      '............',
      '............',
    ]);
    const large = new Canvas(12, 20, [255, 255, 255]);
    large.write(0, 0, 'L', 2, [0, 0, 0]);
    expect(show(large)[0]).toBe('##..........');
    expect(show(large)[13]).toBe('##########..');
  });

  test('leaves out what lies outside of the sheet', () => {
    const canvas = new Canvas(3, 2, [255, 255, 255]);
    canvas.fill(-1, 1, 3, 5, [0, 0, 0]);
    expect(show(canvas)).toEqual(['...', '##.']);
  });

  test('places pictures with and without alpha', () => {
    const canvas = new Canvas(3, 1, [255, 255, 255]);
    canvas.place(1, 0, { width: 1, height: 1, data: Uint8Array.of(9, 8, 7) });
    canvas.place(2, 0, { width: 1, height: 1, data: Uint8ClampedArray.of(6, 5, 4, 255) });
    expect(Array.from(canvas.picture.data)).toEqual([255, 255, 255, 9, 8, 7, 6, 5, 4]);
  });
});

test('text that does not fit is cut until it fits', () => {
  const label = 'great white shark, white shark, man-eater';
  expect(fitText(label, 2, 1000)).toBe(label);
  const cut = fitText(label, 2, 200);
  expect(cut).toMatch(/^great white.*\.\.\.$/);
  expect(textWidth(cut, 2)).toBeLessThanOrEqual(200);
});
