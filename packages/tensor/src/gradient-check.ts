/**
 * Checks a gradient against finite differences. The differences are taken on the backend itself, so that one that computes
 * with 64 bits (`createReferenceBackend({ precision: 64 })`) loses nothing on the way.
 */
import { grad } from './autodiff.ts';
import { add, div, mul, sub } from './ops/arithmetic.ts';
import { type Tensor, tensor, tidy } from './tensor.ts';

/**
 * The largest difference between a function's gradient and its central finite differences, relative to the largest of those.
 *
 * @param f gives a tensor of one element
 * @param inputs on a backend that computes with 64 bits
 * @param step of the finite difference
 * @returns about 1e-9 for a right gradient of a smooth function; about 1 for a wrong one
 */
export async function gradientError(f: (inputs: readonly Tensor[]) => Tensor, inputs: readonly Tensor[], step = 1e-5): Promise<number> {
  const gradients = grad(f, inputs);
  let [error, largest] = [0, 0];
  for (const [i, input] of inputs.entries()) {
    const analytic = (await gradients[i]?.data()) ?? [];
    for (let j = 0; j < input.size; j++) {
      using difference = finiteDifference(f, inputs, i, j, step);
      const numeric = await difference.item();
      error = Math.max(error, Math.abs((analytic[j] ?? Number.POSITIVE_INFINITY) - numeric));
      largest = Math.max(largest, Math.abs(numeric));
    }
  }
  for (const gradient of gradients) gradient.dispose();
  return error / largest;
}

/** (f(x + step·e) − f(x − step·e)) / (2·step), e the unit vector of element j of input i. */
function finiteDifference(f: (inputs: readonly Tensor[]) => Tensor, inputs: readonly Tensor[], i: number, j: number, step: number): Tensor {
  const [input] = inputs.slice(i);
  if (input === undefined) throw new RangeError(`gradientError: there is no input ${i}`);
  return tidy(input.backend, () => {
    const unit = new Float32Array(input.size);
    unit[j] = 1;
    const direction = mul(tensor(input.backend, unit, input.shape), step);
    const at = (x: Tensor): Tensor => f(inputs.map((other, k) => (k === i ? x : other)));
    return div(sub(at(add(input, direction)), at(sub(input, direction))), 2 * step);
  });
}
