import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.ts';
import { widenBfloat } from './numbers.ts';
import { readSafetensors, toFloat32 } from './read.ts';
import { writeSafetensors } from './write.ts';

/** A file with any header, right or wrong. */
function file(header: unknown, data: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const tensor = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  const two = writeSafetensors(
    [
      { name: 'a', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -0, 3.25, Number.NaN) },
      { name: 'b', dtype: 'F16', shape: [3], data: Float32Array.of(0.1, 65504, -2) },
    ],
    { format: 'pt' },
  );

  it('gives back what was written', () => {
    const { entries, metadata } = readSafetensors(two);
    expect([...entries.keys()]).toEqual(['a', 'b']);
    expect(metadata.get('format')).toBe('pt');
    const [a, b] = [...entries.values()];
    expect(a?.shape).toEqual([2, 2]);
    expect(a && toFloat32(a)).toEqual(Float32Array.of(1, -0, 3.25, Number.NaN));
    expect(b && toFloat32(b)).toEqual(Float32Array.of(0.0999755859375, 65504, -2));
  });

  it('reads from any address in memory, aligned or not', () => {
    for (const shift of [0, 1, 2, 3]) {
      const moved = new Uint8Array(two.length + shift).subarray(shift);
      moved.set(two);
      const a = readSafetensors(moved).entries.get('a');
      expect(a && toFloat32(a)[2]).toBe(3.25);
    }
  });

  it('lists number formats that it does not read, and refuses them only when they are read', () => {
    const { entries } = readSafetensors(file({ count: tensor(0, 8, [1], 'I64'), __proto__: null }, 8));
    const count = entries.get('count');
    expect(count?.dtype).toBe('I64');
    expect(() => count && toFloat32(count)).toThrow('count is I64, and only F32, F16 and BF16 are read');
  });

  it('treats __proto__ as a name like any other', () => {
    const { entries } = readSafetensors(file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4));
    expect(entries.get('__proto__')?.shape).toEqual([1]);
  });

  it('says how many bytes of a file cut short are missing', () => {
    expect(() => readSafetensors(two.subarray(0, two.length - 5))).toThrow('cut short: 5 of its 22 bytes of data are missing');
    expect(() => readSafetensors(two.subarray(0, 30))).toThrow(/cut short within its header: \d+ bytes are missing/);
    expect(() => readSafetensors(two.subarray(0, 3))).toThrow('the file has 3 bytes');
  });

  const lies: readonly (readonly [string, Uint8Array, string])[] = [
    ['a header longer than the limit', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0x7b), 'claims 4294967296 bytes'],
    ['another kind of file', new TextEncoder().encode('PK\x03\x04 and more of a zip archive'), 'not a safetensors file'],
    ['broken JSON', file('{"a": ', 0), 'not valid JSON'],
    ['an entry that is not an object', file({ a: 3 }, 0), 'a must be an object'],
    ['an unknown dtype', file({ a: tensor(0, 4, [1], 'F31') }, 4), 'dtype "F31"'],
    ['a negative size', file({ a: tensor(0, 4, [-1]) }, 4), 'not a list of sizes'],
    ['a fractional size', file({ a: tensor(0, 6, [1.5]) }, 6), 'not a list of sizes'],
    ['a size beyond any file', file({ a: tensor(0, 4, [2 ** 40, 2 ** 40]) }, 4), 'larger than any file'],
    ['a range that does not fit the shape', file({ a: tensor(0, 8, [3]) }, 8), 'needs 12 bytes, but its data_offsets [0,8] hold 8'],
    ['a range that runs backwards', file({ a: tensor(8, 4, [1]) }, 8), 'hold -4'],
    ['tensors that overlap', file({ a: tensor(0, 8), b: tensor(4, 12) }, 12), 'b overlaps a'],
    ['a gap', file({ a: tensor(0, 4), b: tensor(8, 12) }, 12), 'a gap of 4 bytes between a and b'],
    ['bytes after the last tensor', file({ a: tensor(0, 4) }, 6), '2 bytes follow the last tensor'],
    ['metadata that are not strings', file({ __metadata__: { a: 1 } }, 0), '__metadata__ must hold strings'],
  ];
  it.each(lies)('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(CheckpointError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it('refuses to write what could not be read back', () => {
    const one = { name: 'a', dtype: 'F16', shape: [1], data: Float32Array.of(1e6) } as const;
    expect(() => writeSafetensors([one])).toThrow('a[0] is 1000000, which F16 cannot hold');
    expect(() => writeSafetensors([{ ...one, shape: [2] }])).toThrow('its shape [2] has 2');
    const fine = { ...one, data: Float32Array.of(1) };
    expect(() => writeSafetensors([fine, fine])).toThrow('given twice');
  });
});

it('bfloat16 is the upper half of a float', () => {
  expect(widenBfloat(Uint16Array.of(0x3f80, 0xc040, 0x0001, 0x7f80))).toEqual(Float32Array.of(1, -3, 2 ** -133, Number.POSITIVE_INFINITY));
  expect(widenBfloat(Uint16Array.of(0x7fc0))[0]).toBeNaN();
});
