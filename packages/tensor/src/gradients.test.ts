import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as library from './index.ts';
import {
  ACTIVATIONS,
  activate,
  add,
  attention,
  attentionTerms,
  attentionWithWeights,
  binaryCrossEntropyWithLogits,
  broadcastTo,
  concat,
  createReferenceBackend,
  crossEntropy,
  div,
  exp,
  gather,
  gradientError,
  huber,
  layerNorm,
  linear,
  log,
  logSoftmax,
  matmul,
  max,
  mean,
  meanSquaredError,
  mul,
  neg,
  patchEmbed,
  patchify,
  Random,
  randomNormal,
  randomUniform,
  reshape,
  type Shape,
  selfAttention,
  slice,
  softmax,
  sqrt,
  sub,
  sum,
  type Tensor,
  transpose,
} from './index.ts';

const backend = createReferenceBackend({ precision: 64 });

/** A function to differentiate, and the shapes of its inputs; `positive` draws them from [0.5, 2). */
interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly shapes: readonly Shape[];
  readonly positive?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  add: {
    f: add,
    shapes: [
      [3, 1, 5],
      [7, 1],
    ],
  },
  sub: {
    f: sub,
    shapes: [
      [7, 1],
      [3, 1, 5],
    ],
  },
  mul: {
    f: mul,
    shapes: [
      [3, 1, 5],
      [7, 5],
    ],
  },
  div: {
    f: div,
    shapes: [
      [3, 5],
      [3, 1],
    ],
    positive: true,
  },
  'arithmetic with a scalar': { f: (x) => sub(3, mul(div(2, x), 5)), shapes: [[3, 5]], positive: true },
  neg: { f: neg, shapes: [[5, 3]] },
  exp: { f: exp, shapes: [[5, 3]] },
  log: { f: log, shapes: [[5, 3]], positive: true },
  sqrt: { f: sqrt, shapes: [[5, 3]], positive: true },
  ...Object.fromEntries(ACTIVATIONS.map((name) => [name, { f: (x: Tensor) => activate(mul(x, 3), name), shapes: [[7, 5]] }])),
  'sum over all axes': { f: (x) => sum(x), shapes: [[3, 5]] },
  'sum over outer and inner axes': { f: (x) => sum(x, { axes: [0, 2] }), shapes: [[3, 5, 7]] },
  mean: { f: (x) => mean(x, { axes: [1], keepDims: true }), shapes: [[3, 5, 7]] },
  max: { f: (x) => max(x, { axes: [-1] }), shapes: [[3, 5, 7]] },
  broadcastTo: { f: (x) => broadcastTo(x, [2, 3, 5]), shapes: [[3, 1]] },
  reshape: { f: (x) => reshape(x, [5, -1]), shapes: [[3, 5]] },
  transpose: { f: (x) => transpose(x, [2, 0, 1]), shapes: [[3, 5, 7]] },
  'slice in the middle': { f: (x) => slice(x, 1, 2, 4), shapes: [[3, 5, 7]] },
  'slice at the start': { f: (x) => slice(x, -1, 0, 4), shapes: [[3, 5]] },
  concat: {
    f: (a, b, c) => concat([a, b, c], 1),
    shapes: [
      [3, 1, 2],
      [3, 5, 2],
      [3, 2, 2],
    ],
  },
  'concat of a tensor with itself': { f: (a) => concat([a, a], 0), shapes: [[3, 5]] },
  'gather with a repeated row': { f: (x) => gather(x, [4, 0, 4, 2]), shapes: [[5, 3, 2]] },
  patchify: { f: (x) => patchify(x, [2, 3]), shapes: [[2, 3, 4, 9]] },
  patchEmbed: { f: (x, w, b) => patchEmbed(x, w, b), shapes: [[2, 3, 4, 9], [5, 3, 2, 3], [5]] },
  matmul: {
    f: (a, b) => matmul(a, b),
    shapes: [
      [3, 5],
      [5, 7],
    ],
  },
  'matmul, first transposed': {
    f: (a, b) => matmul(a, b, { transposeA: true }),
    shapes: [
      [5, 3],
      [5, 7],
    ],
  },
  'matmul, second transposed': {
    f: (a, b) => matmul(a, b, { transposeB: true }),
    shapes: [
      [3, 5],
      [7, 5],
    ],
  },
  'matmul, both transposed': {
    f: (a, b) => matmul(a, b, { transposeA: true, transposeB: true }),
    shapes: [
      [5, 3],
      [7, 5],
    ],
  },
  'matmul, batched': {
    f: (a, b) => matmul(a, b),
    shapes: [
      [2, 3, 5],
      [2, 5, 7],
    ],
  },
  'matmul, one second for all': {
    f: (a, b) => matmul(a, b),
    shapes: [
      [2, 3, 5],
      [5, 7],
    ],
  },
  'matmul, crosswise batches': {
    f: (a, b) => matmul(a, b, { transposeB: true }),
    shapes: [
      [2, 1, 3, 5],
      [4, 7, 5],
    ],
  },
  linear: { f: (x, w, b, r) => linear(x, w, b, { residual: r }), shapes: [[2, 3, 5], [7, 5], [7], [2, 3, 7]] },
  'linear with activation, scale and residual': {
    f: (x, w, b, s, r) => linear(x, w, b, { activation: 'gelu', scale: s, residual: r }),
    shapes: [[2, 3, 5], [7, 5], [7], [7], [3, 7]],
  },
  'linear with a row of scales': {
    f: (x, w, s) => linear(x, w, undefined, { scale: s, scaleRow: 1 }),
    shapes: [
      [2, 3, 5],
      [7, 5],
      [2, 7],
    ],
  },
  softmax: { f: (x) => softmax(x), shapes: [[3, 7]] },
  'softmax over an inner axis': { f: (x) => softmax(x, 1), shapes: [[3, 7, 2]] },
  logSoftmax: { f: (x) => logSoftmax(x), shapes: [[3, 7]] },
  layerNorm: { f: (x, g, b) => layerNorm(x, g, b, 1e-6), shapes: [[3, 2, 7], [7], [7]] },
  attention: {
    f: (q, k, v) => attention(q, k, v, { heads: 3 }),
    shapes: [
      [2, 5, 9],
      [2, 7, 9],
      [2, 7, 9],
    ],
  },
  attentionWithWeights: {
    f: (q, k, v) => attentionWithWeights(q, k, v, { heads: 3 }).output,
    shapes: [
      [2, 5, 9],
      [2, 7, 9],
      [2, 7, 9],
    ],
  },
  selfAttention: { f: (qkv) => selfAttention(qkv, { heads: 2, scale: 0.3 }), shapes: [[2, 5, 18]] },
  attentionTerms: { f: (qkv) => attentionTerms(qkv, { heads: 2 }).terms, shapes: [[2, 5, 18]] },
  'own weight of attentionTerms': { f: (qkv) => attentionTerms(qkv, { heads: 2 }).own, shapes: [[2, 5, 18]] },
  crossEntropy: { f: (x) => crossEntropy(x, [2, 0, 6]), shapes: [[3, 7]] },
  binaryCrossEntropyWithLogits: {
    f: (x, t) => binaryCrossEntropyWithLogits(x, t),
    shapes: [
      [3, 7],
      [3, 7],
    ],
  },
  meanSquaredError: {
    f: (x, t) => meanSquaredError(x, t),
    shapes: [
      [3, 7],
      [3, 7],
    ],
  },
  huber: {
    f: (x, t) => huber(x, t, 0.8),
    shapes: [
      [5, 7],
      [5, 7],
    ],
  },
};

describe('the gradient, against finite differences in 64 bits, of', () => {
  it.each(Object.entries(cases))('%s', async (_, { f, shapes, positive }) => {
    const random = new Random(7);
    const inputs = shapes.map((shape) =>
      positive ? randomUniform(backend, shape, random, { low: 0.5, high: 2 }) : randomNormal(backend, shape, random),
    );
    // A weighted sum, so that every element of the result has a gradient of its own.
    const weights = randomNormal(backend, f(...inputs).shape, random);
    expect(await gradientError((xs) => sum(mul(f(...xs), weights)), inputs)).toBeLessThan(1e-6);
  });
});

/** Operations without a case, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  equal: 'its gradient is zero everywhere, and it is not recorded',
  activate: 'its cases are those of the activations',
  gateOf: 'it is a constant for gradients',
  unpatchify: 'it is the inverse of patchify, whose gradient it is',
};

it('has a case for every operation of ops/', () => {
  const folder = join(import.meta.dirname, 'ops');
  const operations = readdirSync(folder)
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => Array.from(readFileSync(join(folder, file), 'utf8').matchAll(/^export function (\w+)/gm), ([, name = '']) => name))
    .filter((name) => name in library);
  const named = [...Object.keys(cases), ...Object.keys(WITHOUT)];
  const missing = operations.filter((name) => !named.some((known) => known.split(/[ ,]/)[0] === name));
  expect(missing.map((name) => `gradients.test.ts has no case for ${name}`)).toEqual([]);
});
