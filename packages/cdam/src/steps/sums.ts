/**
 * Sums over many steps, of which only the running total stays in memory.
 */
import { add, type Backend, type Tensor, tidy } from '@cdam/tensor';

/**
 * The sum of `part(0)`, …, `part(count − 1)`, computed one after the other.
 *
 * @param part makes the tensor of a step, always of one shape; its intermediate results are freed
 */
export function sumOverSteps(backend: Backend, count: number, part: (step: number) => Tensor): Tensor {
  let total = tidy(backend, () => part(0));
  for (let step = 1; step < count; step++) {
    using previous = total;
    total = tidy(backend, () => add(previous, part(step)));
  }
  return total;
}
