/**
 * What is computed element by element: constants, functions of one and two numbers, steps of optimisers.
 */
import type { Activation, AdamWStep, Binary, SgdStep, Storage, Unary, Walk } from '@cdam/tensor';
import { combinations } from '../operation-numbers.ts';
import { countOf } from '../walks.ts';
import { functions } from './function-numbers.ts';
import { walkWords } from './movement.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

/** Floats of a cache line: tickets of dense data begin at one, so that no two threads write to the same. */
const LINE = 16;

/** Implements {@link Primitives.full}. */
export function full(runtime: WasmRuntime, length: number, value: number): Storage {
  const out = runtime.create(length);
  runtime.run('full', { units: length, cost: 2, multiple: LINE }, { out: runtime.address(out), value });
  return out;
}

/** Implements {@link Primitives.unary}. */
export function unary(runtime: WasmRuntime, op: Unary, x: Storage): Storage {
  const from = runtime.address(x);
  const out = runtime.create(x.length);
  runtime.run('unary', { units: x.length, cost: 16, multiple: LINE }, { op: functions[op], x: from, out: runtime.address(out) });
  return out;
}

/** Implements {@link Primitives.activationGradient}. */
export function activationGradient(runtime: WasmRuntime, op: Activation, x: Storage, dy: Storage): Storage {
  const [from, slope] = [runtime.address(x), runtime.address(dy)];
  const out = runtime.create(x.length);
  const work = { units: x.length, cost: 32, multiple: LINE };
  runtime.run('activationGradient', work, { op: functions[op], x: from, dy: slope, out: runtime.address(out) });
  return out;
}

/** Implements {@link Primitives.binary}. */
export function binary(runtime: WasmRuntime, op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage {
  const [left, right] = [runtime.address(a) + walkA.offset * FLOAT, runtime.address(b) + walkB.offset * FLOAT];
  const words = walkWords(runtime, `binary ${op}`, [walkA, walkB]);
  const out = runtime.create(countOf(walkA.shape));
  const work = { units: out.length, cost: 8, multiple: LINE };
  runtime.run('binary', work, { op: combinations[op], a: left, b: right, out: runtime.address(out), walk: words.address });
  runtime.discard(words);
  return out;
}

/** Implements {@link Primitives.adamW}. */
export function adamW(
  runtime: WasmRuntime,
  parameter: Storage,
  gradient: Storage,
  mean: Storage,
  variance: Storage,
  step: AdamWStep,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = step;
  const numbers = {
    parameter: runtime.address(parameter),
    gradient: runtime.address(gradient),
    mean: runtime.address(mean),
    variance: runtime.address(variance),
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    keep: 1 - learningRate * weightDecay,
    rate: learningRate / (1 - beta1 ** step.step),
    correction: 1 / (1 - beta2 ** step.step),
    epsilon,
  };
  for (const storage of [parameter, mean, variance]) runtime.changed(storage);
  runtime.run('adamW', { units: parameter.length, cost: 16, multiple: LINE }, numbers);
}

/** Implements {@link Primitives.sgd}. */
export function sgd(runtime: WasmRuntime, parameter: Storage, gradient: Storage, velocity: Storage, step: SgdStep): void {
  const { learningRate, momentum, weightDecay } = step;
  const numbers = {
    parameter: runtime.address(parameter),
    gradient: runtime.address(gradient),
    velocity: runtime.address(velocity),
    momentum,
    decay: weightDecay,
    rate: learningRate,
  };
  for (const storage of [parameter, velocity]) runtime.changed(storage);
  runtime.run('sgd', { units: parameter.length, cost: 8, multiple: LINE }, numbers);
}
