/**
 * Sums over many steps of which only the running total is kept.
 */
import { add, type Backend, type Tensor, tidy } from '@cdam/tensor';

/**
 * The sum of `part(0)`, …, `part(count − 1)`, computed one after the other.
 *
 * @param part all of one shape; what it makes on the way is freed
 */
export function sumOverSteps(backend: Backend, count: number, part: (step: number) => Tensor): Tensor {
  let total = tidy(backend, () => part(0));
  for (let step = 1; step < count; step++) {
    using previous = total;
    total = tidy(backend, () => add(previous, part(step)));
  }
  return total;
}
