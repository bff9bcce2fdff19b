/**
 * Checks a gradient against finite differences. The differences are computed on the backend of the inputs, so that one with 64-bit
 * numbers (`createReferenceBackend({ precision: 64 })`) keeps all its digits.
 */
import { grad } from './autodiff.ts';
import { checkNumber, TensorError } from './errors.ts';
import { add, div, mul, sub } from './ops/arithmetic.ts';
import { type Tensor, tensor, tidy } from './tensor.ts';

/**
 * The largest difference between a function's gradient and its central finite differences, relative to the largest of these.
 *
 * @param f gives a tensor of one element
 * @param inputs tensors on a backend that computes with 64 bits
 * @param step how far apart the points of a finite difference are, from the middle
 * @returns about 1e-9 for a right gradient of a smooth function, about 1 for a wrong one
 * @throws TensorError `argument` when the step is not a positive number, else as `grad` does
 * @example
 * const backend = createReferenceBackend({ precision: 64 });
 * (await gradientError((xs) => sum(exp(concat(xs, 0))), [tensor(backend, [0, 1])])) < 1e-6; // true
 */
export async function gradientError(f: (inputs: readonly Tensor[]) => Tensor, inputs: readonly Tensor[], step = 1e-5): Promise<number> {
  checkNumber('gradientError', 'step', step, step > 0 && step < Number.POSITIVE_INFINITY, 'a positive number');
  if (inputs.length === 0) throw new TensorError('argument', 'gradientError: there is no tensor to differentiate by');
  const gradients = grad(f, inputs);
  let [error, largest] = [0, 0];
  for (const [i, input] of inputs.entries()) {
    const analytic = (await gradients[i]?.data()) ?? [];
    for (let j = 0; j < input.size; j++) {
      using difference = finiteDifference((x) => f(inputs.with(i, x)), input, j, step);
      const numeric = await difference.item();
      error = Math.max(error, Math.abs((analytic[j] ?? Number.POSITIVE_INFINITY) - numeric));
      largest = Math.max(largest, Math.abs(numeric));
    }
  }
  for (const gradient of gradients) gradient.dispose();
  return error === 0 ? 0 : error / largest;
}

/** (f(x + step·e) − f(x − step·e)) / (2·step), where e is the unit vector of element j. */
function finiteDifference(f: (x: Tensor) => Tensor, x: Tensor, j: number, step: number): Tensor {
  return tidy(x.backend, () => {
    const unit = new Float32Array(x.size);
    unit[j] = 1;
    const direction = mul(tensor(x.backend, unit, x.shape), step);
    return div(sub(f(add(x, direction)), f(sub(x, direction))), 2 * step);
  });
}
