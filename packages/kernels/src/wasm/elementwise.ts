/**
 * Functions of one and two numbers, constants, and optimiser steps: whatever goes element by element.
 */
import type { Activation, AdamWStep, Binary, SgdStep, Storage, Unary, Walk } from '@cdam/tensor';
import { countOf } from '../walks.ts';
import { combinations, functions } from './function-numbers.ts';
import { walkWords } from './movement.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

/** Tickets of dense data begin at a cache line. */
const LINE = 16;

/** Implements {@link Backend.full}. */
export function full(runtime: WasmRuntime, length: number, value: number): Storage {
  const out = runtime.create(length);
  runtime.run('full', { units: length, cost: 2, multiple: LINE }, [runtime.address(out), value]);
  return out;
}

/** Implements {@link Backend.unary}. */
export function unary(runtime: WasmRuntime, op: Unary, x: Storage): Storage {
  const from = runtime.address(x);
  const out = runtime.create(x.length);
  const args = [functions[op], from, runtime.address(out)];
  runtime.run('unary', { units: x.length, cost: 16, multiple: LINE }, args);
  return out;
}

/** Implements {@link Backend.activationGradient}. */
export function activationGradient(runtime: WasmRuntime, op: Activation, x: Storage, dy: Storage): Storage {
  const from = [runtime.address(x), runtime.address(dy)];
  const out = runtime.create(x.length);
  const args = [functions[op], ...from, runtime.address(out)];
  runtime.run('activationGradient', { units: x.length, cost: 32, multiple: LINE }, args);
  return out;
}

/** Implements {@link Backend.binary}. */
export function binary(runtime: WasmRuntime, op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage {
  const [left, right] = [runtime.address(a) + walkA.offset * FLOAT, runtime.address(b) + walkB.offset * FLOAT];
  const words = walkWords(runtime, `binary ${op}`, [walkA, walkB]);
  const out = runtime.create(countOf(walkA.shape));
  const args = [combinations[op], left, right, runtime.address(out), words.address];
  runtime.run('binary', { units: out.length, cost: 8, multiple: LINE }, args);
  runtime.discard(words);
  return out;
}

/** Implements {@link Backend.adamW}. */
export function adamW(
  runtime: WasmRuntime,
  parameter: Storage,
  gradient: Storage,
  mean: Storage,
  variance: Storage,
  step: AdamWStep,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = step;
  const storages = [parameter, gradient, mean, variance].map((storage) => runtime.address(storage));
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2];
  const rates = [1 - learningRate * weightDecay, learningRate / (1 - beta1 ** step.step), 1 / (1 - beta2 ** step.step)];
  for (const storage of [parameter, mean, variance]) runtime.changed(storage);
  runtime.run('adamW', { units: parameter.length, cost: 16, multiple: LINE }, [...storages, ...betas, ...rates, epsilon]);
}

/** Implements {@link Backend.sgd}. */
export function sgd(runtime: WasmRuntime, parameter: Storage, gradient: Storage, velocity: Storage, step: SgdStep): void {
  const { learningRate, momentum, weightDecay } = step;
  const storages = [parameter, gradient, velocity].map((storage) => runtime.address(storage));
  for (const storage of [parameter, velocity]) runtime.changed(storage);
  runtime.run('sgd', { units: parameter.length, cost: 8, multiple: LINE }, [...storages, momentum, weightDecay, learningRate]);
}
