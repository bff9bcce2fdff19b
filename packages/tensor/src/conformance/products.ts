/**
 * Matrix products: every transposition, shared operands, and everything that an epilogue can do.
 */
import { ACTIVATIONS, type Activation, type MatmulSize, type Storage } from '../backend.ts';
import { activations } from './activations.ts';
import { at, type ConformanceCase, defineCase, each, input, noise, SIZES, sumOf, sumTolerance } from './case.ts';

type Extents = readonly [batch: number, m: number, n: number, k: number];

function sizeOf([batch, m, n, k]: Extents, options: Partial<MatmulSize>): MatmulSize {
  return { batch, m, n, k, transposeA: false, transposeB: false, sharedA: false, sharedB: false, ...options };
}

function product(a: Float32Array, b: Float32Array, size: MatmulSize): Float64Array {
  const { batch, m, n, k } = size;
  return each(batch * m * n, (i) => {
    const [z, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    const [baseA, baseB] = [size.sharedA ? 0 : z * m * k, size.sharedB ? 0 : z * k * n];
    return sumOf(k, (p) => {
      const indexA = size.transposeA ? p * m + row : row * k + p;
      const indexB = size.transposeB ? column * k + p : p * n + column;
      return at(a, baseA + indexA) * at(b, baseB + indexB);
    });
  });
}

function operands(size: MatmulSize): [Float32Array, Float32Array] {
  const { batch, m, n, k, sharedA, sharedB } = size;
  return [noise((sharedA ? 1 : batch) * m * k, 11), noise((sharedB ? 1 : batch) * k * n, 12)];
}

function matmulCase(extents: Extents, options: Partial<MatmulSize> = {}): ConformanceCase {
  const size = sizeOf(extents, options);
  const [a, b] = operands(size);
  const flags = Object.keys(options).join(', ');
  return defineCase({
    name: `matmul of [batch, m, n, k] = [${extents.join(', ')}]${flags === '' ? '' : `, ${flags}`}`,
    inputs: [a, b],
    compute: (backend, inputs) => [backend.matmul(input(inputs, 0), input(inputs, 1), size)],
    expected: () => [product(a, b, size)],
    tolerance: sumTolerance(size.k),
  });
}

/** What an epilogue has. */
interface With {
  readonly bias?: boolean;
  readonly activation?: Activation;
  /** `row`: it begins after n other numbers. */
  readonly scale?: boolean | 'row';
  readonly residual?: 'own' | 'shared';
}

/** residual + scale ⊙ activation(product + bias), with some of the four. */
function epilogueCase(extents: Extents, parts: With, options: Partial<MatmulSize> = {}): ConformanceCase {
  const size = sizeOf(extents, options);
  const { batch, m, n } = size;
  const [a, b] = operands(size);
  const extra = [
    noise(n, 13),
    noise(parts.scale === 'row' ? 2 * n : n, 14, 0.5, 2),
    noise(parts.residual === 'shared' ? m * n : batch * m * n, 15),
  ] as const;
  const [bias, scale, residual] = extra;
  const scaleOffset = parts.scale === 'row' ? n : 0;
  const activate = (parts.activation && activations[parts.activation]) ?? ((x: number): number => x);
  const element = (value: number, i: number): number =>
    (parts.residual ? at(residual, i % residual.length) : 0) +
    (parts.scale ? at(scale, scaleOffset + (i % n)) : 1) * activate(value + (parts.bias ? at(bias, i % n) : 0));
  const given = (wanted: unknown, storage: Storage | undefined): Storage | undefined => (wanted ? storage : undefined);
  const described = Object.entries(parts).map(([name, value]) => (value === true ? name : value === 'row' ? 'a row of scales' : value));
  return defineCase({
    name: `matmul of [${extents.join(', ')}] with ${described.join(', ')}${options.transposeB ? ', transposeB' : ''}`,
    inputs: [a, b, ...extra],
    compute: (backend, inputs) => [
      backend.matmul(input(inputs, 0), input(inputs, 1), size, {
        bias: given(parts.bias, inputs[2]),
        activation: parts.activation,
        scale: given(parts.scale, inputs[3]),
        scaleOffset,
        residual: given(parts.residual, inputs[4]),
        sharedResidual: parts.residual === 'shared',
      }),
    ],
    expected: () => [product(a, b, size).map(element)],
    tolerance: sumTolerance(size.k),
  });
}

const transposes: readonly Partial<MatmulSize>[] = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }];

/** Every primitive that is a matrix product. */
export const productCases: readonly ConformanceCase[] = [
  ...transposes.flatMap((options) => [
    ...SIZES.flatMap((n) => [matmulCase([1, n, n, n], options), matmulCase([1, 65, n, 3], options), matmulCase([1, n, 63, 64], options)]),
    matmulCase([1, 1, 197, 65], options),
    matmulCase([1, 197, 1, 65], options),
    matmulCase([3, 65, 63, 17], options),
    matmulCase([1, 5, 7, 2050], options),
    matmulCase([5, 1, 10, 64], options),
  ]),
  matmulCase([3, 65, 63, 17], { sharedA: true }),
  matmulCase([3, 65, 63, 17], { sharedB: true }),
  matmulCase([3, 65, 63, 17], { sharedB: true, transposeB: true }),
  matmulCase([3, 65, 63, 17], { sharedA: true, transposeA: true }),
  ...ACTIVATIONS.map((activation) => epilogueCase([1, 65, 63, 64], { bias: true, activation })),
  epilogueCase([2, 65, 63, 64], { bias: true }, { sharedB: true, transposeB: true }),
  epilogueCase([2, 65, 63, 64], { residual: 'own' }),
  epilogueCase([2, 65, 63, 64], { bias: true, residual: 'shared' }),
  epilogueCase([2, 65, 63, 64], { scale: true, residual: 'own' }, { sharedB: true, transposeB: true }),
  epilogueCase([2, 65, 63, 64], { bias: true, activation: 'silu', scale: true, residual: 'own' }),
  epilogueCase([1, 1, 10, 192], { bias: true }, { transposeB: true }),
  epilogueCase([1, 1, 36, 192], { scale: 'row', residual: 'own' }, { transposeB: true }),
  epilogueCase([1, 65, 63, 64], { activation: 'gelu', scale: 'row' }),
  epilogueCase([1, 3, 1, 3], { bias: true, activation: 'quickGelu', scale: true, residual: 'shared' }),
];
