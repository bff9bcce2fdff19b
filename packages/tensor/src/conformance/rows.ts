/**
 * Reductions, softmax and layer normalisation: primitives that need a whole row for each element.
 */
import type { Reduction } from '../backend.ts';
import { at, type ConformanceCase, defineCase, each, input, largest, type Numbers, noise, SIZES, sumOf, sumTolerance } from './case.ts';

function reduceCase(op: Reduction, outer: number, n: number, inner: number): ConformanceCase {
  // Positive numbers for sums: a sum of both signs would be much smaller than its terms, and its relative error large.
  const x = op === 'sum' ? noise(outer * n * inner, n, 0, 1) : noise(outer * n * inner, n, -9, -1);
  const element = (i: number): number => {
    const start = Math.floor(i / inner) * n * inner + (i % inner);
    const terms = each(n, (k) => at(x, start + k * inner));
    return op === 'sum' ? sumOf(n, (k) => at(terms, k)) : terms.reduce((a, b) => Math.max(a, b));
  };
  return defineCase({
    name: `reduce ${op} of [${outer}, ${n}, ${inner}]`,
    inputs: [x],
    compute: (backend, inputs) => [backend.reduce(op, input(inputs, 0), outer, n, inner)],
    expected: () => [each(outer * inner, element)],
    tolerance: op === 'sum' ? sumTolerance(n) : 0,
  });
}

function softmaxRow(x: Numbers, row: number, n: number, log: boolean): Float64Array {
  const scores = each(n, (i) => at(x, row * n + i));
  const m = scores.reduce((a, b) => Math.max(a, b));
  const sum = sumOf(n, (i) => Math.exp(at(scores, i) - m));
  return scores.map((score) => (log ? score - m - Math.log(sum) : Math.exp(score - m) / sum));
}

function softmaxRows(x: Numbers, rows: number, n: number, log: boolean): Float64Array {
  const all = Array.from({ length: rows }, (_, row) => softmaxRow(x, row, n, log));
  return each(rows * n, (i) => at(all[Math.floor(i / n)] ?? [], i % n));
}

function softmaxCases(rows: number, n: number, log: boolean, spread = 5): ConformanceCase[] {
  const x = noise(rows * n, n, -spread, spread);
  const y = Float32Array.from(softmaxRows(x, rows, n, log));
  const dy = noise(rows * n, n + 1);
  const gradient = (i: number): number => {
    const begin = i - (i % n);
    const sum = sumOf(n, (j) => at(dy, begin + j) * (log ? 1 : at(y, begin + j)));
    return log ? at(dy, i) - Math.exp(at(y, i)) * sum : at(y, i) * (at(dy, i) - sum);
  };
  const what = `${log ? 'logarithm ' : ''}of [${rows}, ${n}] within ±${spread}`;
  const shared = { tolerance: sumTolerance(n) };
  return [
    defineCase({
      ...shared,
      name: `softmax ${what}`,
      inputs: [x],
      compute: (backend, inputs) => [backend.softmax(input(inputs, 0), rows, n, log)],
      expected: () => [softmaxRows(x, rows, n, log)],
    }),
    defineCase({
      ...shared,
      name: `softmaxGradient ${what}`,
      inputs: [y, dy],
      compute: (backend, inputs) => [backend.softmaxGradient(input(inputs, 0), input(inputs, 1), rows, n, log)],
      expected: () => [each(rows * n, gradient)],
      // For a row of one element the exact gradient is 0.
      floor: largest(dy),
    }),
  ];
}

interface Statistics {
  readonly mean: Float64Array;
  readonly rstd: Float64Array;
}

function statistics(x: Numbers, rows: number, n: number, epsilon: number): Statistics {
  const mean = each(rows, (row) => sumOf(n, (i) => at(x, row * n + i)) / n);
  const variance = (row: number): number => sumOf(n, (i) => (at(x, row * n + i) - at(mean, row)) ** 2) / n;
  return { mean, rstd: each(rows, (row) => 1 / Math.sqrt(variance(row) + epsilon)) };
}

/** `centre` moves the rows away from 0. Far away, a variance that is not computed after the mean loses its digits. */
function layerNormCases(rows: number, n: number, centre: number): ConformanceCase[] {
  const epsilon = 1e-6;
  const x = noise(rows * n, n, centre - 2, centre + 2);
  const [gain, bias, dy] = [noise(n, 1, 0.5, 1.5), noise(n, 2), noise(rows * n, 3)];
  const { mean, rstd } = statistics(x, rows, n, epsilon);
  const [mean32, rstd32] = [Float32Array.from(mean), Float32Array.from(rstd)];
  // The gradients get the statistics rounded to 32 bits, as the forward pass gives them.
  const normalised = (i: number, by: { mean: Numbers; rstd: Numbers }): number =>
    (at(x, i) - at(by.mean, Math.floor(i / n))) * at(by.rstd, Math.floor(i / n));
  const rounded = { mean: mean32, rstd: rstd32 };
  const dx = (i: number, held: boolean): number => {
    const begin = i - (i % n);
    const g = (j: number): number => at(dy, begin + j) * at(gain, j);
    const average = sumOf(n, g) / n;
    const slope = held ? 0 : sumOf(n, (j) => g(j) * normalised(begin + j, rounded)) / n;
    return at(rstd32, Math.floor(i / n)) * (g(i % n) - average - normalised(i, rounded) * slope);
  };
  const what = `of [${rows}, ${n}] around ${centre}`;
  // The mean is rounded to its last digit. That is more of a standard deviation the further the row lies from 0.
  const shared = { tolerance: sumTolerance(n) * Math.max(1, Math.abs(centre) / 10) };
  return [
    defineCase({
      ...shared,
      name: `layerNorm ${what}`,
      inputs: [x, gain, bias],
      compute: (backend, inputs) => {
        const { y, mean, rstd } = backend.layerNorm(input(inputs, 0), input(inputs, 1), input(inputs, 2), rows, n, epsilon);
        return [y, mean, rstd];
      },
      expected: () => [each(rows * n, (i) => normalised(i, { mean, rstd }) * at(gain, i % n) + at(bias, i % n)), mean, rstd],
      floor: 1,
    }),
    ...[false, true].map((held) =>
      defineCase({
        ...shared,
        name: `layerNormGradient ${held ? 'with rstd held ' : ''}${what}`,
        inputs: [x, gain, mean32, rstd32, dy],
        compute: (backend, [a, b, c, d, e]) => (a && b && c && d && e ? [backend.layerNormGradient(a, b, c, d, e, rows, n, held)] : []),
        expected: () => [each(rows * n, (i) => dx(i, held))],
        floor: largest(rstd32),
      }),
    ),
    defineCase({
      ...shared,
      tolerance: sumTolerance(rows),
      name: `layerNormGainGradient ${what}`,
      inputs: [x, mean32, rstd32, dy],
      compute: (backend, [a, b, c, d]) => (a && b && c && d ? [backend.layerNormGainGradient(a, b, c, d, rows, n)] : []),
      expected: () => [each(n, (i) => sumOf(rows, (row) => at(dy, row * n + i) * normalised(row * n + i, rounded)))],
      floor: Math.sqrt(rows),
    }),
  ];
}

/** Every primitive that needs whole rows. */
export const rowCases: readonly ConformanceCase[] = [
  ...(['sum', 'max'] as const).flatMap((op) => [
    ...SIZES.map((n) => reduceCase(op, 3, n, 1)),
    ...SIZES.map((n) => reduceCase(op, 2, n, 65)),
    ...SIZES.map((n) => reduceCase(op, n, 3, 1)),
    reduceCase(op, 1, 100_003, 1),
    reduceCase(op, 1, 20_011, 3),
    reduceCase(op, 70_001, 2, 1),
  ]),
  ...[false, true].flatMap((log) => [
    ...SIZES.flatMap((n) => softmaxCases(3, n, log)),
    ...softmaxCases(65, 1000, log),
    ...softmaxCases(3, 65, log, 500),
  ]),
  ...SIZES.flatMap((n) => layerNormCases(3, n, 0)),
  ...layerNormCases(197, 192, 0),
  ...layerNormCases(3, 768, 0),
  ...layerNormCases(3, 768, 800),
];
