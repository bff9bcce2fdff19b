/** Tables of pictures, and how a limit chooses from a list. */
import { describe, expect, it } from 'vitest';
import { listImages, parseCsv } from './images.ts';

describe('comma-separated values', () => {
  it('have quoted fields with commas, quotes and line breaks', () => {
    expect(parseCsv('file,label\r\n"a, b.jpg","say ""hi""\nthere"\n\nc.jpg,\n')).toEqual([
      ['file', 'label'],
      ['a, b.jpg', 'say "hi"\nthere'],
      ['c.jpg', ''],
    ]);
  });

  it('may end without a line break, and begin with a byte order mark', () => {
    expect(parseCsv('\uFEFFfile\na.jpg')).toEqual([['file'], ['a.jpg']]);
    expect(parseCsv('a,b')).toEqual([['a', 'b']]);
    expect(parseCsv('')).toEqual([]);
  });
});

describe('a limit', () => {
  it('takes pictures evenly from the whole list', async () => {
    const files = Array.from({ length: 10 }, (_, i) => `${i}.jpg`);
    const images = await listImages(files, { classes: 2, labels: undefined, labelNames: undefined }, { limit: 4 });
    expect(images.map(({ index, file }) => [index, file])).toEqual([
      [0, '0.jpg'],
      [1, '2.jpg'],
      [2, '5.jpg'],
      [3, '7.jpg'],
    ]);
  });
});
