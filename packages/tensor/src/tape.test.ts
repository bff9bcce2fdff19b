import { describe, expect, it } from 'vitest';
import {
  add,
  createReferenceBackend,
  exp,
  grad,
  layerNorm,
  matmul,
  mul,
  openScope,
  openTape,
  softmax,
  sum,
  TensorError,
  tensor,
  tidy,
  valueAndGrad,
  vjp,
} from './index.ts';

const backend = createReferenceBackend();
const vector = (...values: number[]) => tensor(backend, values);

describe('grad', () => {
  it('gives the gradient in the arrangement of the inputs', async () => {
    const [a, b] = [vector(1, 2), vector(3, 4)];
    expect(await grad((x) => sum(mul(x, x)), a).data()).toEqual(Float32Array.of(2, 4));
    expect(await grad(([x, y]) => sum(mul(x, y)), [a, b] as const)[1].data()).toEqual(Float32Array.of(1, 2));
    expect(await grad(({ x, y }) => sum(mul(x, y)), { x: a, y: b }).x.data()).toEqual(Float32Array.of(3, 4));
  });

  it('is zero for an input that the value does not depend on', async () => {
    const gradient = grad(([x]) => sum(x), [vector(1, 2), vector(3, 4)] as const);
    expect(await gradient[1].data()).toEqual(Float32Array.of(0, 0));
  });

  it('adds up what comes back along several paths', async () => {
    expect(await grad((x) => sum(add(mul(x, x), add(x, x))), vector(3)).data()).toEqual(Float32Array.of(8));
  });

  it('refuses a value of more than one element', () => {
    expect(() => grad((x) => mul(x, 2), vector(1, 2))).toThrow('only a single number has a gradient');
  });

  it('refuses a value that does not depend on the inputs', () => {
    expect(() => grad(() => sum(vector(1)), vector(1))).toThrow('not computed from anything that this tape watches');
  });

  it('refuses gradients of gradients', () => {
    const inner = (x: ReturnType<typeof vector>) => sum(grad((y) => sum(mul(y, y)), x));
    expect(() => grad(inner, vector(1))).toThrow('gradients of gradients are not supported');
  });
});

describe('valueAndGrad and vjp', () => {
  it('give the value beside the gradient', async () => {
    const { value, gradient } = valueAndGrad((x) => sum(exp(x)), vector(0, 1));
    expect(await value.item()).toBeCloseTo(1 + Math.E, 6);
    expect((await gradient.data())[1]).toBeCloseTo(Math.E, 6);
  });

  it('multiply a given dy with the Jacobian', async () => {
    const { gradient } = vjp(
      (x) => mul(x, x),
      vector(1, 2),
      () => vector(10, 100),
    );
    expect(await gradient.data()).toEqual(Float32Array.of(20, 400));
  });

  it('refuse a dy of another shape', () => {
    expect(() =>
      vjp(
        (x) => mul(x, x),
        vector(1, 2),
        () => vector(1),
      ),
    ).toThrow('dy of shape [1] does not fit the result of shape [2]');
  });
});

describe('a tape', () => {
  it('gives the gradient with respect to an intermediate tensor', async () => {
    using tape = openTape(backend);
    const x = tape.watch(vector(1, 2));
    const middle = mul(x, 3);
    const [gradient] = tape.gradient(sum(mul(middle, middle)), [middle]);
    expect(await gradient?.data()).toEqual(Float32Array.of(6, 12));
  });

  it('serves several results, one after another', async () => {
    using tape = openTape(backend);
    const x = tape.watch(tensor(backend, [1, 2, 3], [1, 3]));
    const y = softmax(x);
    const first = tape.gradient(y, [x], tensor(backend, [1, 0, 0], [1, 3]))[0];
    const second = tape.gradient(y, [x], tensor(backend, [0, 1, 0], [1, 3]))[0];
    const p = await y.data();
    expect((await first?.data())?.[1]).toBeCloseTo(-(p[0] ?? 0) * (p[1] ?? 0), 6);
    expect((await second?.data())?.[1]).toBeCloseTo((p[1] ?? 0) * (1 - (p[1] ?? 0)), 6);
  });

  it('records nothing that does not depend on what it watches', () => {
    const before = backend.memory();
    {
      using tape = openTape(backend);
      using scope = openScope(backend);
      const x = tape.watch(vector(1, 2));
      tidy(backend, () => exp(exp(mul(vector(1, 2), 2)))).dispose();
      expect(backend.memory().storages - before.storages).toBe(1);
      scope.keep(x).dispose();
    }
    expect(backend.memory()).toEqual(before);
  });

  it('keeps what a gradient needs though a scope inside of it has ended', async () => {
    const gradient = grad((x) => tidy(backend, () => sum(exp(tidy(backend, () => mul(x, 2))))), vector(0));
    expect(await gradient.data()).toEqual(Float32Array.of(2));
  });

  it('leaves no memory behind', async () => {
    const before = backend.memory();
    const [x, gain, bias] = [tensor(backend, [1, 2, 3, 5], [2, 2]), vector(1, 2), vector(0, 1)];
    const { value, gradient } = valueAndGrad(([a, g, b]) => sum(exp(layerNorm(matmul(a, a), g, b, 1e-6))), [x, gain, bias] as const);
    for (const made of [value, ...gradient, x, gain, bias]) made.dispose();
    expect(backend.memory()).toEqual(before);
  });
});

describe('a disposed tensor', () => {
  it('says so when it is used', () => {
    const x = vector(1);
    x.dispose();
    expect(() => exp(x)).toThrow(TensorError);
    expect(() => exp(x)).toThrow('used after it was disposed');
  });
});
