/**
 * Functions of one and of two numbers, the gradients of activations, and constants.
 */
import { ACTIVATIONS, type Activation, type Binary, type Unary, type Walk } from '../backend.ts';
import { activations, normalDistribution } from './activations.ts';
import { at, type ConformanceCase, defineCase, ELEMENTWISE, each, input, noise, SIZES, sumOf } from './case.ts';

const functions: Readonly<Record<Unary, (x: number) => number>> = {
  ...activations,
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  normalDistribution,
};

/** (f(x + h) − f(x − h)) / 2h for two h, from which Richardson's extrapolation gives a derivative that is good to 1e-10 here. */
function slope(f: (x: number) => number, x: number): number {
  const central = (h: number): number => (f(x + h) - f(x - h)) / (2 * h);
  return (4 * central(1e-3) - central(2e-3)) / 3;
}

/** Inputs for which the function is defined, and far from those where its value is 0 because terms cancel. */
function inputsOf(op: Unary, n: number): Float32Array {
  if (op === 'log') return noise(n, n, 2, 60);
  return op === 'sqrt' ? noise(n, n, 0.01, 60) : noise(n, n, -6, 6);
}

function unaryCase(op: Unary, x: Float32Array, where: string): ConformanceCase {
  return defineCase({
    name: `unary ${op} ${where}`,
    inputs: [x],
    compute: (backend, inputs) => [backend.unary(op, input(inputs, 0))],
    expected: () => [each(x.length, (i) => functions[op](at(x, i)))],
    tolerance: ELEMENTWISE,
    // Smaller values may as well be 0.
    floor: 1e-10,
  });
}

function activationGradientCase(op: Activation, n: number): ConformanceCase {
  // The difference must not be taken across 0, where the derivative of relu jumps.
  const x = noise(n, n, -6, 6).map((v) => (Math.abs(v) < 0.01 ? v + 0.02 : v));
  const dy = noise(n, n + 1);
  return defineCase({
    name: `activationGradient ${op} of ${n}`,
    inputs: [x, dy],
    compute: (backend, inputs) => [backend.activationGradient(op, input(inputs, 0), input(inputs, 1))],
    expected: () => [each(n, (i) => at(dy, i) * slope(functions[op], at(x, i)))],
    tolerance: ELEMENTWISE,
    // The derivative of a GELU has a zero, near which a relative error says nothing.
    floor: 0.05,
  });
}

const combine: Readonly<Record<Binary, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  equal: (a, b) => (a === b ? 1 : 0),
};

/** The element at a row-major position of a walk. */
export function walked(values: ArrayLike<number>, { shape, strides, offset }: Walk, position: number): number {
  let rest = position;
  let index = offset;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = at(shape, axis);
    index += (rest % extent) * at(strides, axis);
    rest = Math.floor(rest / extent);
  }
  return at(values, index);
}

function binaryCase(op: Binary, what: string, walkA: Walk, walkB: Walk): ConformanceCase {
  const reach = ({ shape, strides, offset }: Walk): number => offset + 1 + sumOf(shape.length, (d) => (at(shape, d) - 1) * at(strides, d));
  const count = walkA.shape.reduce((product, extent) => product * extent, 1);
  // Whole numbers for `equal`, so that some are equal; for the others numbers that one can divide by.
  const values = (length: number, seed: number): Float32Array =>
    noise(length, seed, 0.5, 3.5).map((v) => (op === 'equal' ? Math.round(v) : v));
  const [a, b] = [values(reach(walkA), 1), values(reach(walkB), 2)];
  return defineCase({
    name: `binary ${op} ${what}`,
    inputs: [a, b],
    compute: (backend, inputs) => [backend.binary(op, input(inputs, 0), walkA, input(inputs, 1), walkB)],
    expected: () => [each(count, (i) => combine[op](walked(a, walkA, i), walked(b, walkB, i)))],
    tolerance: ELEMENTWISE,
    floor: 1e-3,
  });
}

function binaryCases(op: Binary): ConformanceCase[] {
  const dense = (n: number): Walk => ({ shape: [n], strides: [1], offset: 0 });
  const row = { shape: [65, 63], strides: [63, 1], offset: 0 };
  const many = { shape: [2, 3, 2, 5, 2, 3], strides: [180, 60, 30, 6, 3, 1], offset: 0 };
  return [
    ...SIZES.map((n) => binaryCase(op, `of ${n}`, dense(n), dense(n))),
    binaryCase(op, 'of a matrix and a row', row, { ...row, strides: [0, 1] }),
    binaryCase(op, 'of a column and a matrix', { ...row, strides: [1, 0] }, row),
    binaryCase(op, 'of a column and a row', { ...row, strides: [1, 0] }, { ...row, strides: [0, 1] }),
    binaryCase(op, 'of a matrix and a number', row, { ...row, strides: [0, 0], offset: 2 }),
    binaryCase(op, 'of a matrix and a transposed part', row, { ...row, strides: [1, 70], offset: 3 }),
    binaryCase(op, 'of two numbers', { shape: [], strides: [], offset: 1 }, { shape: [], strides: [], offset: 0 }),
    binaryCase(op, 'along six axes', many, { ...many, strides: [3, 0, 6, 0, 1, 0] }),
  ];
}

const UNARIES = Object.keys(functions) as Unary[];
const BINARIES = Object.keys(combine) as Binary[];

/** Inputs for which a careless formula overflows, or loses the digits of a small result. */
const FAR = Float32Array.from([-8, -7.3, -5.5, -4, -3.1, -2.9, -1e-3, -1e-6, 0, 1e-6, 1e-3, 3.1, 8, 12, 30, 80]);

/** Inputs for which exp overflows. The result must be finite and right; results below 1e-20 count as 1e-20. */
function extremeCase(op: Unary): ConformanceCase {
  const x = Float32Array.from([-1e6, -1000, -200, -100, 100, 200, 1000, 1e6]);
  return defineCase({
    name: `unary ${op} at extreme values`,
    inputs: [x],
    compute: (backend, inputs) => [backend.unary(op, input(inputs, 0))],
    expected: () => [each(x.length, (i) => functions[op](at(x, i)))],
    tolerance: ELEMENTWISE,
    floor: 1e-20,
  });
}

function fullCase(n: number): ConformanceCase {
  return defineCase({
    name: `full of ${n}`,
    inputs: [],
    compute: (backend) => [backend.full(n, -2.5)],
    expected: () => [each(n, () => -2.5)],
    tolerance: 0,
  });
}

/** Every element-wise primitive. */
export const elementwiseCases: readonly ConformanceCase[] = [
  ...SIZES.map(fullCase),
  ...UNARIES.flatMap((op) => SIZES.map((n) => unaryCase(op, inputsOf(op, n), `of ${n}`))),
  ...[...ACTIVATIONS, 'normalDistribution' as const].map((op) => unaryCase(op, FAR, 'far from 0 and near it')),
  ...[...ACTIVATIONS, 'normalDistribution' as const].map(extremeCase),
  ...ACTIVATIONS.flatMap((op) => SIZES.map((n) => activationGradientCase(op, n))),
  ...BINARIES.flatMap(binaryCases),
];
