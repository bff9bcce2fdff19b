/**
 * Bilinear interpolation from a grid of patches to pixels, as PyTorch does it (`align_corners=False`), and its transpose.
 */

/** Where a pixel reads along one axis: two neighbouring patches, and the weight of the second. */
interface Between {
  readonly first: number;
  readonly second: number;
  readonly weight: number;
}

/** Interpolates from a grid to pixels. */
export class Interpolation {
  readonly #columns: number;
  readonly #patches: number;
  readonly #vertical: readonly Between[];
  readonly #horizontal: readonly Between[];

  /** @param grid rows and columns of patches */
  constructor([rows, columns]: readonly [number, number], height: number, width: number) {
    this.#columns = columns;
    this.#patches = rows * columns;
    this.#vertical = axis(rows, height);
    this.#horizontal = axis(columns, width);
  }

  /** @param values [patches], row by row. @returns [height·width] */
  enlarge(values: ArrayLike<number>): Float64Array {
    const out = new Float64Array(this.#vertical.length * this.#horizontal.length);
    this.#visit((pixel, patch, weight) => {
      out[pixel] = (out[pixel] ?? 0) + weight * (values[patch] ?? 0);
    });
    return out;
  }

  /** The transpose of `enlarge`: to each patch what its pixels take of it. @param pixels [height·width]. @returns [patches] */
  gather(pixels: ArrayLike<number>): Float64Array {
    const out = new Float64Array(this.#patches);
    this.#visit((pixel, patch, weight) => {
      out[patch] = (out[patch] ?? 0) + weight * (pixels[pixel] ?? 0);
    });
    return out;
  }

  #visit(each: (pixel: number, patch: number, weight: number) => void): void {
    let pixel = 0;
    for (const { first: top, second: bottom, weight: down } of this.#vertical) {
      for (const { first: left, second: right, weight: across } of this.#horizontal) {
        each(pixel, top * this.#columns + left, (1 - down) * (1 - across));
        each(pixel, top * this.#columns + right, (1 - down) * across);
        each(pixel, bottom * this.#columns + left, down * (1 - across));
        each(pixel, bottom * this.#columns + right, down * across);
        pixel++;
      }
    }
  }
}

function axis(patches: number, pixels: number): Between[] {
  return Array.from({ length: pixels }, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * patches) / pixels - 0.5);
    const first = Math.min(patches - 1, Math.floor(at));
    return { first, second: Math.min(patches - 1, first + 1), weight: at - first };
  });
}
