/**
 * Primitives that move elements: copy, concat, gather and scatterAdd.
 */
import type { Walk } from '../backend.ts';
import { at, type ConformanceCase, defineCase, each, input, noise, SIZES, sumOf, sumTolerance } from './case.ts';
import { walked } from './elementwise.ts';

function copyCase(what: string, length: number, walk: Walk): ConformanceCase {
  const x = noise(length, 3);
  const count = walk.shape.reduce((product, extent) => product * extent, 1);
  return defineCase({
    name: `copy ${what}`,
    inputs: [x],
    compute: (backend, inputs) => [backend.copy(input(inputs, 0), walk)],
    expected: () => [each(count, (i) => walked(x, walk, i))],
    tolerance: 0,
  });
}

function concatCase(lengths: readonly number[], outer: number, inner: number): ConformanceCase {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const parts = lengths.map((length, p) => noise(outer * length * inner, p));
  const element = (i: number): number => {
    const block = total * inner;
    let rest = i % block;
    for (const [p, length] of lengths.entries()) {
      if (rest < length * inner) return at(parts[p] ?? [], Math.floor(i / block) * length * inner + rest);
      rest -= length * inner;
    }
    return Number.NaN;
  };
  return defineCase({
    name: `concat of ${lengths.join(' + ')} in [${outer}, n, ${inner}]`,
    inputs: parts,
    compute: (backend, inputs) => [backend.concat(inputs, lengths, outer, inner)],
    expected: () => [each(outer * total * inner, element)],
    tolerance: 0,
  });
}

/** Numbers of rows in any order, where some rows come several times and some not at all. */
function someIndices(count: number, rows: number): Uint32Array {
  return Uint32Array.from(noise(count, 17, 0, rows), (v) => Math.min(rows - 1, Math.floor(v)));
}

function gatherCase(rows: number, width: number, picks: number): ConformanceCase {
  const x = noise(rows * width, 5);
  const indices = someIndices(picks, rows);
  return defineCase({
    name: `gather ${picks} of [${rows}, ${width}]`,
    inputs: [x],
    compute: (backend, inputs) => [backend.gather(input(inputs, 0), indices, width)],
    expected: () => [each(picks * width, (i) => at(x, at(indices, Math.floor(i / width)) * width + (i % width)))],
    tolerance: 0,
  });
}

function scatterCase(rows: number, width: number, picks: number): ConformanceCase {
  const dy = noise(picks * width, 6);
  const indices = someIndices(picks, rows);
  const element = (i: number): number =>
    sumOf(picks, (pick) => (at(indices, pick) === Math.floor(i / width) ? at(dy, pick * width + (i % width)) : 0));
  return defineCase({
    name: `scatterAdd ${picks} to [${rows}, ${width}]`,
    inputs: [dy],
    compute: (backend, inputs) => [backend.scatterAdd(input(inputs, 0), indices, rows, width)],
    expected: () => [each(rows * width, element)],
    tolerance: sumTolerance(picks),
  });
}

/** The walk by which `patchify` brings [batch, channels, rows·height, columns·width] into the order of patches. */
function patchCase([batch, channels, rows, columns]: readonly number[], [height, width]: readonly number[]): ConformanceCase {
  const extents = [batch, channels, rows, height, columns, width].map((extent) => extent ?? 1);
  const strides = extents.map((_, axis) => extents.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const order = [0, 2, 4, 1, 3, 5];
  const shape = order.map((axis) => at(extents, axis));
  const what = `of ${batch} × ${rows} × ${columns} patches of ${channels} × ${height} × ${width}`;
  const length = shape.reduce((product, extent) => product * extent, 1);
  return copyCase(what, length, { shape, strides: order.map((axis) => at(strides, axis)), offset: 0 });
}

const tokens = { shape: [3, 4, 65, 7], strides: [65 * 28, 7, 28, 1], offset: 0 };

/** Every primitive that moves elements. */
export const movementCases: readonly ConformanceCase[] = [
  ...SIZES.map((n) => copyCase(`of ${n}`, n, { shape: [n], strides: [1], offset: 0 })),
  ...SIZES.map((n) => copyCase(`of a transposed [65, ${n}]`, 65 * n, { shape: [n, 65], strides: [1, n], offset: 0 })),
  copyCase('of heads from packed tokens', 3 * 65 * 28, tokens),
  copyCase('of a slice', 70 * 63, { shape: [64, 3], strides: [63, 1], offset: 5 * 63 + 7 }),
  copyCase('of a broadcast row', 197, { shape: [65, 197], strides: [0, 1], offset: 0 }),
  copyCase('of one element', 9, { shape: [], strides: [], offset: 4 }),
  copyCase('backwards', 65, { shape: [65], strides: [-1], offset: 64 }),
  copyCase('along six axes', 360, { shape: [3, 2, 5, 2, 3, 2], strides: [1, 3, 6, 30, 60, 180], offset: 0 }),
  patchCase([2, 3, 2, 3], [3, 5]),
  patchCase([1, 3, 2, 3], [16, 16]),
  patchCase([3, 1, 1, 2], [8, 4]),
  concatCase([1, 196], 2, 65),
  concatCase([3], 1, 1),
  concatCase([63, 1, 65], 1, 1),
  concatCase([1, 2, 3], 65, 3),
  ...SIZES.map((n) => gatherCase(65, n, 3)),
  gatherCase(1, 1, 1),
  gatherCase(197, 63, 197),
  ...SIZES.map((n) => scatterCase(65, n, 64)),
  scatterCase(1, 1, 197),
  scatterCase(197, 3, 63),
];
