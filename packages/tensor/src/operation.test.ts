import { describe, expect, expectTypeOf, it } from 'vitest';
import { createReferenceBackend, openTape, tensor } from './index.ts';
import { operation, type Pullback } from './operation.ts';
import type { Tensor } from './tensor.ts';

type Result = ReturnType<Parameters<typeof operation<{ a: Tensor; b: Tensor | undefined }>>[2]>;

describe('declaring an operation', () => {
  it('without the gradient of an input does not compile, an optional one included', () => {
    expectTypeOf<{ output: Tensor; gradients: { a: Pullback } }>().not.toExtend<Result>();
    expectTypeOf<{ output: Tensor; gradients: { b: Pullback } }>().not.toExtend<Result>();
    expectTypeOf<{ output: Tensor; gradients: { a: Pullback; b: Pullback } }>().toExtend<Result>();
  });

  it('calls only the pullbacks whose gradient is wanted', () => {
    const backend = createReferenceBackend();
    const [a, b] = [tensor(backend, [1]), tensor(backend, [2])];
    using tape = openTape(backend);
    tape.watch(a);
    const called: string[] = [];
    const pullback = (name: string) => (dy: Tensor) => {
      called.push(name);
      return dy;
    };
    const y = operation('test', { a, b }, () => ({ output: tensor(backend, [3]), gradients: { a: pullback('a'), b: pullback('b') } }));
    tape.gradient(y, [a]);
    expect(called).toEqual(['a']);
  });
});
