/**
 * What everything but operations refuses (`ops/refusals.test.ts` has those). The message begins with the name of the function that was
 * called and says what is wrong with which value; the code says what kind of mistake it is.
 */
import { describe, expect, it } from 'vitest';
import {
  AdamW,
  clipByGlobalNorm,
  createReferenceBackend,
  crossEntropy,
  type ErrorCode,
  exp,
  full,
  grad,
  gradientError,
  huber,
  meanSquaredError,
  openTape,
  Random,
  randomNormal,
  randomUniform,
  Sgd,
  sum,
  type Tensor,
  TensorError,
  tensor,
  valueAndGrad,
  vjp,
  warmupCosine,
} from './index.ts';

const backend = createReferenceBackend();
const elsewhere = createReferenceBackend();
const ones = (...shape: number[]): Tensor => full(backend, shape, 1);
const foreign = (...shape: number[]): Tensor => full(elsewhere, shape, 1);
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

type Refusal = readonly [name: string, run: () => unknown, code: ErrorCode, message: string];

const ofTensors: readonly Refusal[] = [
  ['an empty tensor', () => tensor(backend, []), 'shape', 'tensor: the shape [0] has'],
  ['a nested list', () => tensor(backend, [[1], [2]] as unknown as number[]), 'argument', 'tensor: element 0 is not a number'],
  ['a constant that is not a number', () => full(backend, [2], nan), 'argument', 'full: value is NaN'],
  ['a missing constant', () => full(backend, [2], undefined as unknown as number), 'argument', 'full: value is undefined'],
  ['a negative extent', () => full(backend, [2, -1], 1), 'shape', 'full: the shape [2, -1] has'],
  ['a fractional extent', () => full(backend, [1.5], 1), 'shape', 'full: the shape [1.5] has'],
  ['64.5 bits', () => createReferenceBackend({ precision: 64.5 as 64 }), 'argument', 'createReferenceBackend: precision is 64.5'],
];

const ofLosses: readonly Refusal[] = [
  ['a scalar logit', () => crossEntropy(ones(), [0]), 'argument', 'crossEntropy: a list of 1 does not fit logits of shape []'],
  ['half a class', () => crossEntropy(ones(1, 3), [0.5]), 'argument', 'crossEntropy: class 0.5'],
  ['a missing class', () => crossEntropy(ones(1, 3), [undefined as unknown as number]), 'argument', 'crossEntropy: class undefined'],
  ['a delta of 0', () => huber(ones(2), ones(2), 0), 'argument', 'huber: delta is 0'],
  ['a delta of NaN', () => huber(ones(2), ones(2), nan), 'argument', 'huber: delta is NaN'],
  ['targets elsewhere', () => meanSquaredError(ones(2), foreign(2)), 'argument', 'meanSquaredError: the inputs live on two backends'],
];

const p = { p: ones(2) };
const ofOptimisers: readonly Refusal[] = [
  ['a beta of 1', () => new AdamW(p, { betas: [0.9, 1] }), 'argument', 'AdamW: beta2 is 1'],
  ['a negative beta', () => new AdamW(p, { betas: [-0.1, 0.9] }), 'argument', 'AdamW: beta1 is -0.1'],
  ['an epsilon of 0', () => new AdamW(p, { epsilon: 0 }), 'argument', 'AdamW: epsilon is 0'],
  ['a negative decay', () => new AdamW(p, { weightDecay: -1 }), 'argument', 'AdamW: weightDecay is -1'],
  ['a learning rate of NaN', () => new AdamW(p).step(p, nan), 'argument', 'AdamW: learningRate is NaN'],
  ['a negative rate', () => new Sgd(p).step(p, -0.1), 'argument', 'Sgd: learningRate is -0.1'],
  ['a negative momentum', () => new Sgd(p, { momentum: -0.5 }), 'argument', 'Sgd: momentum is -0.5'],
  ['a decay of NaN', () => new Sgd(p, { weightDecay: nan }), 'argument', 'Sgd: weightDecay is NaN'],
  ['a gradient elsewhere', () => new Sgd(p).step({ p: foreign(2) }, 0.1), 'argument', 'Sgd: the inputs live on two backends'],
  ['a missing gradient', () => new Sgd(p).step({}, 0.1), 'argument', 'Sgd: the gradient or moment of "p" is missing'],
  ['moments of another shape', () => new Sgd(p, {}, { p: ones(3) }).step(p, 0.1), 'argument', 'Sgd: the gradient or moment of "p" has'],
  ['no gradients', () => clipByGlobalNorm({}, 1), 'argument', 'clipByGlobalNorm: there are no gradients'],
  ['a limit of 0', () => clipByGlobalNorm(p, 0), 'argument', 'clipByGlobalNorm: limit is 0'],
  ['gradients apart', () => clipByGlobalNorm({ ...p, q: foreign(2) }, 1), 'argument', 'clipByGlobalNorm: the inputs live'],
  ['a step before the first', () => warmupCosine(-1, { peak: 1, warmup: 2, total: 4 }), 'argument', 'warmupCosine: step is -1'],
  ['a peak of NaN', () => warmupCosine(0, { peak: nan, warmup: 2, total: 4 }), 'argument', 'warmupCosine: peak is NaN'],
  ['more warm-up than steps', () => warmupCosine(0, { peak: 1, warmup: 5, total: 4 }), 'argument', 'warmupCosine: warmup is 5'],
];

const ofRandomNumbers: readonly Refusal[] = [
  ['a seed of NaN', () => new Random(nan), 'argument', 'Random: seed is NaN'],
  ['half a seed', () => new Random(0.5), 'argument', 'Random: seed is 0.5'],
  ['a state of three', () => new Random([1, 2, 3] as never), 'argument', 'Random: the state 1, 2, 3 is not'],
  ['a state with a gap', () => new Random([1, 2, 3, nan]), 'argument', 'Random: the state 1, 2, 3, NaN is not'],
  ['a choice of nothing', () => new Random(1).below(0), 'argument', 'Random.below: n is 0'],
  ['a choice of NaN', () => new Random(1).below(nan), 'argument', 'Random.below: n is NaN'],
  ['−1 draws', () => new Random(1).normals(-1), 'argument', 'Random.normals: length is -1'],
  ['a shape with a gap', () => randomNormal(backend, [2, nan], new Random(1)), 'shape', 'randomNormal: the shape [2, NaN] has'],
  ['a negative deviation', () => randomNormal(backend, [2], new Random(1), { deviation: -1 }), 'argument', 'randomNormal: deviation is -1'],
  ['a mean of NaN', () => randomNormal(backend, [2], new Random(1), { mean: nan }), 'argument', 'randomNormal: mean is NaN'],
  ['an empty range', () => randomUniform(backend, [2], new Random(1), { low: 2 }), 'argument', 'randomUniform: high is 1'],
  ['an endless range', () => randomUniform(backend, [2], new Random(1), { high: infinity }), 'argument', 'randomUniform: high is Infinity'],
];

const x = ones(2);
const notDifferentiable = (() => 3) as unknown as () => Tensor;
const ofGradients: readonly Refusal[] = [
  ['no inputs', () => grad(() => sum(x), []), 'argument', 'grad: there is no tensor to differentiate by'],
  ['no inputs', () => valueAndGrad(() => sum(x), {}), 'argument', 'valueAndGrad: there is no tensor'],
  [
    'no inputs',
    () =>
      vjp(
        () => sum(x),
        [],
        (y) => y,
      ),
    'argument',
    'vjp: there is no tensor',
  ],
  ['a value of two elements', () => valueAndGrad((y) => exp(y), x), 'gradient', "valueAndGrad: the function's value has shape [2]"],
  ['a value that is no tensor', () => grad(notDifferentiable, x), 'argument', 'grad: the function returned 3'],
  ['inputs on two backends', () => grad(([a]) => sum(a), [x, foreign(2)] as const), 'argument', 'grad: the inputs live on two backends'],
  [
    'a tensor elsewhere',
    () => openTape(createReferenceBackend()).watch(foreign(2)),
    'argument',
    'watch: the tensor lives on another backend',
  ],
  ['a closed tape', () => closedTape().watch(x), 'gradient', 'watch: the tape is sealed or closed'],
];

function closedTape(): ReturnType<typeof openTape> {
  const tape = openTape(backend);
  tape.close();
  return tape;
}

describe.each(Object.entries({ ofTensors, ofLosses, ofOptimisers, ofRandomNumbers, ofGradients }))('%s, refused is', (_, refusals) => {
  it.each(refusals)('%s', (_, run, code, message) => {
    expect(run).toThrow(TensorError);
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(startOf(message)) }));
  });
});

function startOf(message: string): RegExp {
  return new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}

describe('refused later is', () => {
  it('item() of a tensor of two elements, before anything is read', async () => {
    const silent = createReferenceBackend();
    silent.read = () => Promise.reject(new Error('read'));
    await expect(full(silent, [2], 1).item()).rejects.toThrow('item: a tensor of shape [2] has 2 elements, not one');
  });

  it('a step without one of the gradients, before any parameter changes', async () => {
    const [first, second] = [ones(2), ones(2)];
    const optimiser = new AdamW({ first, second });
    expect(() => optimiser.step({ first: ones(2) }, 0.1)).toThrow('AdamW: the gradient or moment of "second" is missing');
    expect([...(await first.data())]).toEqual([1, 1]);
    expect(optimiser.steps).toBe(0);
  });

  it('a finite difference without a step', async () => {
    await expect(gradientError(([y]) => sum(y ?? x), [x], 0)).rejects.toThrow('gradientError: step is 0');
    await expect(gradientError(() => sum(x), [])).rejects.toThrow('gradientError: there is no tensor to differentiate by');
  });

  it('what is asked of a backend after its end', async () => {
    const ended = createReferenceBackend();
    const left = tensor(ended, [1, 2]);
    ended.dispose();
    expect(() => exp(left)).toThrow('reference: the backend was disposed');
    await expect(left.data()).rejects.toThrow('reference: the backend was disposed');
    expect(ended.memory()).toEqual({ bytes: 0, storages: 0 });
  });
});
