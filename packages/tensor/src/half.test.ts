/** Half precision: every number of it, and the tensors that hold them (what a GPU does with those is tested in packages/kernels). */
import { describe, expect, it } from 'vitest';
import type { Backend } from './backend.ts';
import { halfTensor, narrowHalf, widenHalf } from './half.ts';
import { createReferenceBackend } from './reference/backend.ts';

describe('a half-precision number', () => {
  /** The definition: (−1)^s · 2^(e−15) · (1 + f/1024), or f·2⁻²⁴ for e = 0. */
  function value(h: number): number {
    const [s, e, f] = [h >> 15 === 0 ? 1 : -1, (h >> 10) & 31, h & 1023];
    if (e === 31) return f === 0 ? s * Number.POSITIVE_INFINITY : Number.NaN;
    return s * (e === 0 ? f * 2 ** -24 : 2 ** (e - 15) * (1 + f / 1024));
  }
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);

  it('is widened exactly, all 65536 of it', () => {
    const wide = widenHalf(all);
    expect(all.every((h) => Object.is(wide[h], value(h)))).toBe(true);
  });

  it('comes back from 32 bits unchanged', () => {
    const back = narrowHalf(widenHalf(all));
    expect(all.every((h) => back[h] === h || Number.isNaN(value(h)))).toBe(true);
    expect(Number.isNaN(widenHalf(narrowHalf(Float32Array.of(Number.NaN)))[0])).toBe(true);
  });

  it('is rounded to nearest, ties to even', () => {
    for (let h = 0; h < 0x7bff; h++) {
      const [low, high] = [value(h), value(h + 1)];
      const middle = (low + high) / 2;
      const [a, b, c] = narrowHalf(Float32Array.of(low + (high - low) * 0.49, middle, low + (high - low) * 0.51));
      if (a !== h || b !== (h % 2 === 0 ? h : h + 1) || c !== h + 1) throw new Error(`${h}: ${a}, ${b}, ${c}`);
    }
    expect(narrowHalf(Float32Array.of(65519.99, 65520, -1e30, 2 ** -25, 2 ** -25 * 1.001))).toEqual(
      Uint16Array.of(0x7bff, 0x7c00, 0xfc00, 0, 1),
    );
  });
});

describe('a tensor of half precision', () => {
  const plain = createReferenceBackend();
  const rounding = createReferenceBackend();
  const backend: Backend = Object.assign(rounding, { uploadHalf: (data: Float32Array) => rounding.upload(widenHalf(narrowHalf(data))) });

  it('holds rounded numbers up to 65504', async () => {
    using x = halfTensor(backend, Float32Array.of(0.1, 65504, -65519, 2), [2, 2]);
    expect(x.shape).toEqual([2, 2]);
    expect([...(await x.data())]).toEqual([0.0999755859375, 65504, -65504, 2]);
  });

  it.each([65520, -1e30, Number.POSITIVE_INFINITY, Number.NaN])('does not take %d', (value) => {
    const message = `halfTensor: element 2 is ${Math.fround(value)}`;
    const refused = expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) });
    expect(() => halfTensor(backend, Float32Array.of(0, 1, value))).toThrow(refused);
  });

  it('needs a backend that keeps it, and a shape that its numbers fill', () => {
    const message = expect.stringMatching(/^halfTensor: the backend reference .* has no half precision; open WebGPU/);
    expect(() => halfTensor(plain, Float32Array.of(1))).toThrow(expect.objectContaining({ code: 'backend', message }));
    expect(() => halfTensor(backend, Float32Array.of(1), [2])).toThrow('halfTensor: 1 numbers do not fill the shape [2]');
  });
});
