/** Pictures are read with the pixel values that Pillow's `convert('RGB')` gives, whatever the file holds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliError } from './errors.ts';
import { readPicture, writePng } from './image-files.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdam-images-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Two pixels beside each other. */
function pixels(data: readonly number[], channels: 1 | 2 | 3 | 4): Sharp {
  return sharp(Uint8Array.from(data), { raw: { width: 2, height: 1, channels } });
}

async function read(image: Sharp, name: string): Promise<number[]> {
  const path = join(folder, name);
  await image.toFile(path);
  const { width, height, channels, data } = await readPicture(path);
  expect({ width, height, channels }).toEqual({ width: 2, height: 1, channels: 3 });
  return Array.from(data);
}

describe('readPicture', () => {
  test('reads colours of PNG and WebP as they are', async () => {
    const colours = [10, 20, 30, 200, 150, 100];
    expect(await read(pixels(colours, 3).png(), 'colour.png')).toEqual(colours);
    expect(await read(pixels(colours, 3).webp({ lossless: true }), 'colour.webp')).toEqual(colours);
  });

  test('gives grey pictures three channels', async () => {
    const image = pixels([7, 250], 1).toColourspace('b-w');
    expect(await read(image.png(), 'grey.png')).toEqual([7, 7, 7, 250, 250, 250]);
  });

  test('takes the high byte of 16-bit colours', async () => {
    const data = Uint16Array.of(0x12ab, 0x34cd, 0x56ef, 0xfedc, 0xba98, 0x7654);
    const image = sharp(data, { raw: { width: 2, height: 1, channels: 3, premultiplied: false } }).toColourspace('rgb16');
    await image.png().toFile(join(folder, 'deep.png'));
    expect((await sharp(join(folder, 'deep.png')).metadata()).depth).toBe('ushort');
    expect(Array.from((await readPicture(join(folder, 'deep.png'))).data)).toEqual([0x12, 0x34, 0x56, 0xfe, 0xba, 0x76]);
  });

  test('puts transparent pictures on a white background', async () => {
    expect(await read(pixels([0, 0, 0, 0, 200, 100, 50, 255], 4).png(), 'alpha.png')).toEqual([255, 255, 255, 200, 100, 50]);
    expect(await read(pixels([0, 0, 90, 255], 2).png(), 'grey-alpha.png')).toEqual([255, 255, 255, 90, 90, 90]);
  });

  test('does not apply a colour profile', async () => {
    const image = pixels([10, 200, 30, 200, 15, 100], 3).png().withIccProfile('p3');
    const path = join(folder, 'profile.png');
    await image.toFile(path);
    expect((await sharp(path).metadata()).icc).toBeDefined();
    const stored = await sharp(path, { ignoreIcc: true }).raw().toBuffer();
    const converted = await sharp(path).raw().toBuffer();
    expect(Array.from((await readPicture(path)).data)).toEqual(Array.from(stored));
    expect(Array.from(stored)).not.toEqual(Array.from(converted));
  });

  test('refuses a JPEG that is cut short', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await writeFile(join(folder, 'cut.jpg'), bytes.subarray(0, bytes.length / 2));
    await expect(readPicture(join(folder, 'cut.jpg'))).rejects.toThrow(/cut\.jpg is damaged or cut short/);
    await expect(readPicture(join(folder, 'cut.jpg'))).rejects.toBeInstanceOf(CliError);
  });

  test('tells a picture that is cut within its header from a file that is not a picture', async () => {
    const bytes = await pixels([1, 2, 3, 4, 5, 6], 3).png().toBuffer();
    await writeFile(join(folder, 'header.png'), bytes.subarray(0, 20));
    await expect(readPicture(join(folder, 'header.png'))).rejects.toThrow(/header\.png is a damaged PNG/);
  });
});

test('writePng writes RGB and RGBA, and says when it cannot write', async () => {
  const rgba = { width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, 255) };
  await writePng(join(folder, 'new/rgba.png'), rgba);
  expect(Array.from((await readPicture(join(folder, 'new/rgba.png'))).data)).toEqual([1, 2, 3]);
  await expect(writePng(join(folder, 'new/rgba.png/below.png'), rgba)).rejects.toThrow(/choose another/);
});
