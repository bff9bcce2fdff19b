import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  add,
  type Backend,
  broadcastTo,
  concat,
  createReferenceBackend,
  full,
  gather,
  linear,
  matmul,
  openScope,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from './index.ts';

const backend = createReferenceBackend();

describe('a scope', () => {
  it('frees what was made inside of it and keeps what it is told to', async () => {
    const before = backend.memory().storages;
    const kept = tidy(backend, () => {
      const a = full(backend, [3], 2);
      return { total: sum(add(a, a)), list: [a] };
    });
    expect(backend.memory().storages).toBe(before + 2);
    expect(await kept.total.item()).toBe(12);
    kept.total.dispose();
    kept.list[0]?.dispose();
    expect(backend.memory().storages).toBe(before);
  });

  it('hands a kept tensor to the scope around it', () => {
    const before = backend.memory().storages;
    {
      using _outer = openScope(backend);
      tidy(backend, () => full(backend, [1], 1));
      expect(backend.memory().storages).toBe(before + 1);
    }
    expect(backend.memory().storages).toBe(before);
  });

  it('leaves a retained tensor to its holder', async () => {
    const retained = tidy(backend, () => full(backend, [1], 7).retain());
    expect(await retained.item()).toBe(7);
    retained.dispose();
  });

  it('refuses an asynchronous function', () => {
    expect(() => tidy(backend, async () => full(backend, [1], 1))).toThrow('compute inside of tidy and await data() outside');
  });
});

describe('a reshaped tensor', () => {
  it('shares storage, which lives until both are gone', async () => {
    const before = backend.memory();
    const x = tensor(backend, [1, 2, 3, 4]);
    const y = reshape(x, [2, -1]);
    expect(backend.memory().storages).toBe(before.storages + 1);
    x.dispose();
    expect(Array.from(await y.data())).toEqual([1, 2, 3, 4]);
    y.dispose();
    expect(backend.memory()).toEqual(before);
  });
});

describe('operations name what does not fit', () => {
  const x = full(backend, [2, 3], 1);
  const y = full(backend, [4, 5], 1);
  it.each([
    ['tensor', () => tensor(backend, [1, 2, 3], [2]), 'tensor: 3 numbers do not fill the shape [2], which has 2 elements'],
    ['add', () => add(x, y), 'add: shapes [2, 3] and [4, 5] do not broadcast: 2 and 4 differ at axis 0'],
    ['sum', () => sum(x, { axes: [2] }), 'sum: axis 2 is out of range for a tensor of shape [2, 3]'],
    ['matmul', () => matmul(x, y), 'matmul: [2, 3] and [4, 5] cannot be multiplied: the inner extents 3 and 4 must agree'],
    ['linear', () => linear(x, y), 'linear: an input [2, 3] does not fit a weight [4, 5]'],
    ['reshape', () => reshape(x, [4, -1]), 'reshape: [2, 3] has 6 elements, which do not fill [4, -1]'],
    ['transpose', () => transpose(x, [0, 0]), 'transpose: [0, 0] is not a permutation'],
    ['slice', () => slice(x, 1, 1, 4), 'slice: [1, 4) is not a non-empty range of axis 1, which has 3 elements'],
    ['concat', () => concat([x, y], 0), 'concat: [4, 5] and [2, 3] differ outside of axis 0'],
    ['gather', () => gather(x, [0, 2]), 'gather: 2 does not name rows of a tensor of shape [2, 3]'],
    ['two backends', () => add(x, full(createReferenceBackend(), [2, 3], 1)), 'add: the inputs live on two backends'],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('a tensor as text', () => {
  const text = (x: Tensor): string[] => [String(x), inspect({ x }, { breakLength: Number.POSITIVE_INFINITY })];

  it('shows its shape, its backend and its elements', () => {
    const x = tensor(backend, [1, 0.1, -2.5e-7, Number.NaN, Number.NEGATIVE_INFINITY, 123456.7], [2, 3]);
    const shown = 'Tensor [2, 3] on reference: 1, 0.1, -2.5e-7, NaN, -Infinity, 123457';
    expect(text(x)).toEqual([shown, `{ x: ${shown} }`]);
    expect(String(full(backend, [], 7))).toBe('Tensor [] on reference: 7');
  });

  it('shows the beginning and the end of a long one', () => {
    const numbers = Array.from({ length: 9 }, (_, i) => i);
    expect(String(tensor(backend, numbers.slice(0, 8)))).toBe('Tensor [8] on reference: 0, 1, 2, 3, 4, 5, 6, 7');
    expect(String(tensor(backend, numbers))).toBe('Tensor [9] on reference: 0, 1, 2, 3, …, 5, 6, 7, 8');
    expect(String(full(backend, [100, 100], 1))).toBe('Tensor [100, 100] on reference: 1, 1, 1, 1, …, 1, 1, 1, 1');
  });

  it('says how to read it where the elements cannot be had at once', async () => {
    const remote: Backend = Object.assign(createReferenceBackend(), { name: 'webgpu', peek: undefined });
    const x = tensor(remote, [1, 2]);
    const shown = 'Tensor [2] on webgpu (values: await x.data())';
    expect(text(x)).toEqual([shown, `{ x: ${shown} }`]);
    await x.data();
    expect(String(x)).toBe(shown);
    remote.peek = () => undefined;
    expect(String(x)).toBe(shown);
  });

  it('says that it was disposed', () => {
    const x = tensor(backend, [1, 2, 3, 4, 5, 6], [2, 3]);
    x.dispose();
    expect(text(x)).toEqual(['Tensor [2, 3] (disposed)', '{ x: Tensor [2, 3] (disposed) }']);
  });
});

describe('a shape', () => {
  it('stays as it was when the caller changes the list that it came from', () => {
    const shape = [2, 2];
    const made = [tensor(backend, [1, 2, 3, 4], shape), full(backend, shape, 1), broadcastTo(full(backend, [1], 1), shape)];
    shape[0] = 3;
    expect(made.map((x) => x.shape)).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });
});
