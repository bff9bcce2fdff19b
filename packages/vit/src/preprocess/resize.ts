/**
 * Resizes pictures to the same bytes as Pillow. Checkpoints were trained and evaluated on pictures that Pillow resized, and with other
 * filters (those of a canvas or of a GPU) their logits change. Pillow works on 8-bit values with fixed-point weights, horizontally
 * first, and rounds to bytes between the two passes (src/libImaging/Resample.c; for `nearest` src/libImaging/Geometry.c).
 */
import { InputError } from '../errors.ts';

/** Pillow's filters. All but `nearest` become wider when the picture shrinks (antialias). */
export type Resample = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

/** 8-bit pixels, row by row, with interleaved channels: data[(y·width + x)·channels + c]. The fourth channel, if any, is alpha. */
export interface Picture {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

interface Filter {
  /** Half the width of the filter in pixels, when a picture is enlarged. */
  readonly support: number;
  /** The weight at a distance of x pixels from the centre. */
  weight(x: number): number;
}

/** Bits after the point of fixed-point weights: of 32 bits, 8 are for the value and 2 for sums beyond its range. */
const PRECISION_BITS = 32 - 8 - 2;

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Keys' cubic with a = −½ (Keys 1981). */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

const FILTERS: Readonly<Record<Exclude<Resample, 'nearest'>, Filter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI))) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/**
 * The picture at another size, as Pillow's `Image.resize((width, height), resample)` makes it. Alpha is dropped, as by `convert('RGB')`.
 * @throws InputError `picture` when the bytes do not fit the size of the picture, `size` for a new size that is not positive
 */
export function resize(picture: Picture, width: number, height: number, resample: Resample): Picture {
  checkPicture(picture);
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1)
      throw new InputError('size', `resize: a picture cannot be made ${width}×${height}; both sides must be whole numbers of at least 1`);
  }
  const rgb = dropAlpha(picture);
  if (width === rgb.width && height === rgb.height) return rgb;
  if (resample === 'nearest') return nearest(rgb, width, height);
  const filter = FILTERS[resample];
  const narrow = width === rgb.width ? rgb : resizeRows(rgb, width, filter);
  return height === rgb.height ? narrow : resizeColumns(narrow, height, filter);
}

/** @throws InputError `picture` when there are not width·height·channels bytes */
export function checkPicture({ width, height, channels, data }: Picture): void {
  const sized = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && (channels === 3 || channels === 4);
  if (!sized || data.length !== width * height * channels) {
    throw new InputError(
      'picture',
      `picture: ${width}×${height} with ${channels} channels and ${data.length} bytes; give 3 or 4 channels and one byte for each value`,
    );
  }
}

/** The picture without alpha; a picture that has none is returned as it is. */
export function dropAlpha(picture: Picture): Picture {
  if (picture.channels === 3) return picture;
  const { width, height, data } = picture;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from] ?? 0;
    rgb[to++] = data[from + 1] ?? 0;
    rgb[to++] = data[from + 2] ?? 0;
  }
  return { width, height, channels: 3, data: rgb };
}

/** A filter along one axis: output i is the sum over k < count[i] of weights[i·taps + k]·input[first[i] + k], in fixed point. */
interface Plan {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

function plan(from: number, to: number, filter: Filter): Plan {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(from, Math.trunc(centre + support + 0.5)) - begin;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const weight = filter.weight((k + begin - centre + 0.5) * (1 / stretch));
      exact[k] = weight;
      sum += weight;
    }
    for (let k = 0; k < n; k++) {
      const share = sum === 0 ? (exact[k] ?? 0) : (exact[k] ?? 0) / sum;
      weights[i * taps + k] = Math.trunc((share < 0 ? -0.5 : 0.5) + share * 2 ** PRECISION_BITS);
    }
    first[i] = begin;
    count[i] = n;
  }
  return { taps, first, count, weights };
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : Math.min(value, 255);
}

function resizeRows(picture: Picture, width: number, filter: Filter): Picture {
  const { height, data } = picture;
  const { taps, first, count, weights } = plan(picture.width, width, filter);
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const begin = (y * picture.width + (first[x] ?? 0)) * 3;
      const n = count[x] ?? 0;
      for (let c = 0; c < 3; c++) {
        let sum = 1 << (PRECISION_BITS - 1);
        for (let k = 0; k < n; k++) sum += (data[begin + k * 3 + c] ?? 0) * (weights[x * taps + k] ?? 0);
        out[(y * width + x) * 3 + c] = toByte(sum);
      }
    }
  }
  return { width, height, channels: 3, data: out };
}

function resizeColumns(picture: Picture, height: number, filter: Filter): Picture {
  const { width, data } = picture;
  const { taps, first, count, weights } = plan(picture.height, height, filter);
  const stride = width * 3;
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const begin = (first[y] ?? 0) * stride;
    const n = count[y] ?? 0;
    for (let i = 0; i < stride; i++) {
      let sum = 1 << (PRECISION_BITS - 1);
      for (let k = 0; k < n; k++) sum += (data[begin + k * stride + i] ?? 0) * (weights[y * taps + k] ?? 0);
      out[y * stride + i] = toByte(sum);
    }
  }
  return { width, height, channels: 3, data: out };
}

/** The source pixel of each output pixel. Steps are added up one by one and not multiplied, since Pillow's rounding depends on it. */
function sources(from: number, to: number): Int32Array {
  const step = from / to;
  const positions = new Int32Array(to);
  let position = step * 0.5;
  for (let i = 0; i < to; i++) {
    positions[i] = Math.min(from - 1, Math.floor(position));
    position += step;
  }
  return positions;
}

function nearest(picture: Picture, width: number, height: number): Picture {
  const columns = sources(picture.width, width);
  const rows = sources(picture.height, height);
  const out = new Uint8Array(width * height * 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * picture.width + column) * 3;
      out[to++] = picture.data[from] ?? 0;
      out[to++] = picture.data[from + 1] ?? 0;
      out[to++] = picture.data[from + 2] ?? 0;
    }
  }
  return { width, height, channels: 3, data: out };
}
