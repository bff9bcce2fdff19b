import { describe, expect, it } from 'vitest';
import {
  AdamW,
  binaryCrossEntropyWithLogits,
  clipByGlobalNorm,
  createReferenceBackend,
  crossEntropy,
  huber,
  meanSquaredError,
  Sgd,
  tensor,
  warmupCosine,
} from '../index.ts';

// Expected values are PyTorch 1.13's, in float32.
const backend = createReferenceBackend();
const gradients = [
  [0.1, -0.2, 0.3],
  [-0.4, 0.05, 0.6],
  [0.2, 0.2, -0.1],
];

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 6);
}

describe('optimisers take the steps that PyTorch takes', () => {
  it('AdamW', async () => {
    const p = tensor(backend, [0.5, -1.25, 2]);
    const optimiser = new AdamW({ p }, { betas: [0.9, 0.99], epsilon: 1e-6, weightDecay: 0.05 });
    for (const g of gradients) optimiser.step({ p: tensor(backend, g) }, 0.1);
    expectClose(await p.data(), [0.460105896, -1.10400498, 1.71082294]);
  });

  it('SGD with momentum', async () => {
    const p = tensor(backend, [0.5, -1.25, 2]);
    const optimiser = new Sgd({ p }, { momentum: 0.9, weightDecay: 0.05 });
    for (const g of gradients) optimiser.step({ p: tensor(backend, g) }, 0.1);
    expectClose(await p.data(), [0.514924705, -1.19074178, 1.759709]);
  });

  it('leave alone what does not decay', async () => {
    const bias = tensor(backend, [1]);
    new AdamW({ bias }, { weightDecay: 0.5, decays: (name) => name !== 'bias' }).step({ bias: tensor(backend, [0]) }, 0.1);
    expect(await bias.item()).toBe(1);
  });

  it('name a gradient that is missing', () => {
    const p = tensor(backend, [1]);
    expect(() => new Sgd({ p }).step({}, 0.1)).toThrow('the gradient or moment of "p" is missing');
  });

  it('free their moments', () => {
    const p = tensor(backend, [1]);
    const before = backend.memory();
    const optimiser = new AdamW({ p });
    optimiser.dispose();
    expect(backend.memory()).toEqual(before);
  });
});

describe('losses are those of PyTorch', () => {
  const logits = tensor(backend, [1.5, -2, 0.25, 30, -40, 0], [2, 3]);
  const targets = tensor(backend, [1, 0, 0.5, 0, 1, 1], [2, 3]);
  it.each([
    ['cross-entropy', () => crossEntropy(logits, [2, 0]), 0.7625651359558105],
    ['binary cross-entropy', () => binaryCrossEntropyWithLogits(logits, targets), 11.95373821258545],
    ['mean squared error', () => meanSquaredError(logits, targets), 431.0520935058594],
    ['Huber', () => huber(logits, targets, 0.7), 8.496041297912598],
  ])('%s', async (_, loss, expected) => {
    expect(Math.abs((await loss().item()) / expected - 1)).toBeLessThan(1e-6);
  });

  it('refuse a class that does not exist', () => {
    expect(() => crossEntropy(logits, [0, 3])).toThrow('crossEntropy: class 3 does not fit logits of shape [2, 3]');
  });
});

describe('training aids', () => {
  it('scale gradients down to a common norm, and leave short ones as they are', async () => {
    const gradient = { a: tensor(backend, [3, 4]), b: tensor(backend, [12]) };
    const { gradients: clipped, norm } = clipByGlobalNorm(gradient, 6.5);
    expect(await norm.item()).toBe(13);
    expectClose(await clipped.a.data(), [1.5, 2]);
    expectClose(await clipped.b.data(), [6]);
    expectClose(await clipByGlobalNorm(gradient, 14).gradients.a.data(), [3, 4]);
  });

  it('warm the learning rate up in a straight line and let it fade as a cosine', () => {
    const schedule = { peak: 1, warmup: 4, total: 12, floor: 0.1 };
    expect([0, 3, 4, 8, 12].map((step) => warmupCosine(step, schedule))).toEqual([0.25, 1, 1, 0.55, 0.1]);
  });
});
