/**
 * Gradients of functions: `grad`, `valueAndGrad` and `vjp`, with respect to one tensor, a list or a record of tensors. For the gradient
 * with respect to an intermediate tensor, open a tape and watch that tensor.
 */
import { describe, TensorError } from './errors.ts';
import { commonBackend, type Rule } from './operation.ts';
import { openTape } from './tape.ts';
import { Tensor, tidy } from './tensor.ts';

/** What a function may be differentiated by. Gradients are arranged in the same way. */
export type Inputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;
/** A tensor in the place of each input. */
export type Gradients<I extends Inputs> = I extends Tensor ? Tensor : { readonly [K in keyof I]: Tensor };

/**
 * The gradient of a function whose value is a single number. The caller owns the result.
 *
 * @param f gives a tensor of one element; other tensors that it makes are freed when it has run
 * @param inputs where the gradient is taken
 * @returns a tensor in the place of each input, of the input's shape
 * @throws TensorError `gradient` when the value has more than one element or does not depend on the inputs; `argument` when there are
 * no inputs, when they live on several backends, or when `f` does not return a tensor
 * @example grad((x) => sum(mul(x, x)), tensor(backend, [1, 2])); // Tensor [2] on reference: 2, 4
 */
export function grad<I extends Inputs>(f: (inputs: I) => Tensor, inputs: I): Gradients<I> {
  const { value, gradient } = differentiate('grad', f, inputs, single('grad'));
  value.dispose();
  return gradient;
}

/**
 * Like `grad`, with the function's value beside the gradient.
 *
 * @throws TensorError as `grad` does
 * @example
 * const { value, gradient } = valueAndGrad(({ x }) => sum(mul(x, x)), { x: tensor(backend, [1, 2]) });
 * value; // Tensor [] on reference: 5
 * gradient.x; // Tensor [2] on reference: 2, 4
 */
export function valueAndGrad<I extends Inputs>(f: (inputs: I) => Tensor, inputs: I): { value: Tensor; gradient: Gradients<I> } {
  return differentiate('valueAndGrad', f, inputs, single('valueAndGrad'));
}

/**
 * The value of a function, which may have any shape, and the product of `dy` with the function's Jacobian.
 *
 * @param dy gives a tensor of the value's shape, computed from the value
 * @param rule how to differentiate; by the chain rule by default
 * @throws TensorError `shape` when dy has another shape than the value, else as `grad` does
 * @example vjp((x) => mul(x, x), tensor(backend, [1, 2]), () => tensor(backend, [1, 10])).gradient; // Tensor [2] on reference: 2, 40
 */
export function vjp<I extends Inputs>(
  f: (inputs: I) => Tensor,
  inputs: I,
  dy: (value: Tensor) => Tensor,
  rule?: Rule,
): { value: Tensor; gradient: Gradients<I> } {
  return differentiate('vjp', f, inputs, dy, rule);
}

/** Refuses a value of more than one element. */
function single(name: string): (value: Tensor) => undefined {
  return ({ size, shape }) => {
    if (size === 1) return;
    throw new TensorError(
      'gradient',
      `${name}: the function's value has shape ${describe(shape)}; only a single number has a gradient (use vjp otherwise)`,
    );
  };
}

function differentiate<I extends Inputs>(
  name: string,
  f: (inputs: I) => Tensor,
  inputs: I,
  seed: (value: Tensor) => Tensor | undefined,
  rule?: Rule,
): { value: Tensor; gradient: Gradients<I> } {
  const tensors = inputs instanceof Tensor ? [inputs] : Object.values<Tensor>(inputs);
  const [first] = tensors;
  if (first === undefined) throw new TensorError('argument', `${name}: there is no tensor to differentiate by`);
  commonBackend(name, tensors);
  return tidy(first.backend, () => {
    using tape = openTape(first.backend);
    for (const tensor of tensors) tape.watch(tensor);
    const value = f(inputs);
    if (!(value instanceof Tensor)) throw new TensorError('argument', `${name}: the function returned ${value}, not a tensor`);
    const gradients = tape.gradient(value, tensors, seed(value), rule);
    return { value: value.view(value.shape), gradient: arrange(inputs, gradients) };
  });
}

/** Arranges gradients as their inputs are. */
function arrange<I extends Inputs>(inputs: I, gradients: readonly Tensor[]): Gradients<I> {
  const arranged =
    inputs instanceof Tensor
      ? gradients[0]
      : Array.isArray(inputs)
        ? gradients
        : Object.fromEntries(Object.keys(inputs).map((key, i) => [key, gradients[i]]));
  return arranged as Gradients<I>;
}
