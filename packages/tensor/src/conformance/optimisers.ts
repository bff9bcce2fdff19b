/**
 * Steps of the optimisers, which change their arguments in place.
 */
import type { AdamWStep } from '../backend.ts';
import { at, type ConformanceCase, defineCase, ELEMENTWISE, each, input, noise, SIZES } from './case.ts';

function adamWCase(n: number, step: number): ConformanceCase {
  const options: AdamWStep = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05, step };
  const [p, g, m, v] = [noise(n, 41), noise(n, 42), noise(n, 43, 0.1, 1), noise(n, 44, 0.1, 1)];
  const mean = each(n, (i) => 0.9 * at(m, i) + 0.1 * at(g, i));
  const variance = each(n, (i) => 0.999 * at(v, i) + 0.001 * at(g, i) ** 2);
  const parameter = each(n, (i) => {
    const corrected = at(mean, i) / (1 - 0.9 ** step);
    const deviation = Math.sqrt(at(variance, i) / (1 - 0.999 ** step));
    return at(p, i) * (1 - 0.01 * 0.05) - (0.01 * corrected) / (deviation + 1e-8);
  });
  return defineCase({
    name: `adamW of ${n} at step ${step}`,
    inputs: [p, g, m, v],
    compute: (backend, inputs) => {
      const [parameter, mean, variance] = [input(inputs, 0), input(inputs, 2), input(inputs, 3)];
      backend.adamW(parameter, input(inputs, 1), mean, variance, options);
      return [parameter, mean, variance];
    },
    expected: () => [parameter, mean, variance],
    tolerance: ELEMENTWISE,
    floor: 0.1,
  });
}

function sgdCase(n: number): ConformanceCase {
  const [p, g, v] = [noise(n, 45), noise(n, 46), noise(n, 47)];
  const velocity = each(n, (i) => 0.9 * at(v, i) + at(g, i) + 0.01 * at(p, i));
  return defineCase({
    name: `sgd of ${n}`,
    inputs: [p, g, v],
    compute: (backend, inputs) => {
      const [parameter, velocity] = [input(inputs, 0), input(inputs, 2)];
      backend.sgd(parameter, input(inputs, 1), velocity, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 });
      return [parameter, velocity];
    },
    expected: () => [each(n, (i) => at(p, i) - 0.1 * at(velocity, i)), velocity],
    tolerance: ELEMENTWISE,
    floor: 0.1,
  });
}

/** Both optimisers. */
export const optimiserCases: readonly ConformanceCase[] = [
  ...SIZES.flatMap((n) => [adamWCase(n, 1), adamWCase(n, 1000)]),
  ...SIZES.map(sgdCase),
];
