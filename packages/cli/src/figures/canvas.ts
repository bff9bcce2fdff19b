/**
 * A canvas of RGB pixels for pictures, bars and text.
 */
import type { Picture } from '@cdam/vit';
import { GLYPH_HEIGHT, GLYPH_WIDTH, readFont, toAscii } from './font.ts';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Pixels with three or four channels; opacity is ignored. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A canvas of RGB pixels. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;
  readonly #font = readFont();

  constructor(width: number, height: number, background: Colour) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, background);
  }

  /** What was drawn so far. */
  get picture(): Picture {
    return { width: this.width, height: this.height, channels: 3, data: this.#data };
  }

  /** Draws a rectangle; what lies outside of the canvas is left out. */
  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++) this.#data.set(colour, (y * this.width + x) * 3);
    }
  }

  /** Draws a picture, which must lie within the canvas. */
  place(left: number, top: number, { width, height, data }: Pixels): void {
    const channels = data.length / (width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = (y * width + x) * channels;
        this.#data.set(data.subarray(from, from + 3), ((top + y) * this.width + left + x) * 3);
      }
    }
  }

  /** Draws a line of text from its upper left corner; every dot of a letter is `size` pixels wide. */
  write(left: number, top: number, text: string, size: number, colour: Colour): void {
    Array.from(toAscii(text)).forEach((letter, i) => {
      (this.#font.get(letter) ?? []).forEach((line, y) => {
        Array.from(line).forEach((dot, x) => {
          if (dot === '#') this.fill(left + (i * (GLYPH_WIDTH + 1) + x) * size, top + y * size, size, size, colour);
        });
      });
    });
  }
}

/** The width in pixels of a line of text. */
export function textWidth(text: string, size: number): number {
  return Math.max(0, toAscii(text).length * (GLYPH_WIDTH + 1) - 1) * size;
}

/** The height in pixels of a line of text, with the parts of letters below the line. */
export function textHeight(size: number): number {
  return GLYPH_HEIGHT * size;
}

/** A text that is cut to a width in pixels, with dots at its end where it was cut. */
export function fitText(text: string, size: number, width: number): string {
  const letters = Math.floor((width / size + 1) / (GLYPH_WIDTH + 1));
  return toAscii(text).length <= letters ? text : `${text.slice(0, Math.max(0, letters - 3)).trimEnd()}...`;
}
