/**
 * Gradients of functions: `grad`, `valueAndGrad` and `vjp` over one tensor, a list or a record of them. For the gradient with
 * respect to an intermediate tensor, open a tape and watch it.
 */
import { describe, TensorError } from './errors.ts';
import { openTape } from './tape.ts';
import { Tensor, tidy } from './tensor.ts';

/** What a function may be differentiated by. Gradients come in the same arrangement. */
export type Inputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;
/** A tensor in the place of each input. */
export type Gradients<I extends Inputs> = I extends Tensor ? Tensor : { readonly [K in keyof I]: Tensor };

/**
 * The gradient of a scalar function at `inputs`. The caller owns the result.
 *
 * @param f gives a tensor of one element; it must not keep tensors that it makes
 * @example const { weight } = grad(({ weight }) => meanSquaredError(linear(x, weight), y), { weight });
 */
export function grad<I extends Inputs>(f: (inputs: I) => Tensor, inputs: I): Gradients<I> {
  const { value, gradient } = valueAndGrad(f, inputs);
  value.dispose();
  return gradient;
}

/** Like `grad`, with the function's value beside the gradient. */
export function valueAndGrad<I extends Inputs>(f: (inputs: I) => Tensor, inputs: I): { value: Tensor; gradient: Gradients<I> } {
  return differentiate(f, inputs, (value) => {
    if (value.size !== 1) {
      throw new TensorError(
        'gradient',
        `grad: the function's value has shape ${describe(value.shape)}; only a single number has a gradient (use vjp otherwise)`,
      );
    }
    return undefined;
  });
}

/**
 * The value of a function of any shape, and the product of `dy` with its Jacobian.
 *
 * @param dy gives a tensor of the value's shape, from the value
 */
export function vjp<I extends Inputs>(
  f: (inputs: I) => Tensor,
  inputs: I,
  dy: (value: Tensor) => Tensor,
): { value: Tensor; gradient: Gradients<I> } {
  return differentiate(f, inputs, dy);
}

function differentiate<I extends Inputs>(
  f: (inputs: I) => Tensor,
  inputs: I,
  seed: (value: Tensor) => Tensor | undefined,
): { value: Tensor; gradient: Gradients<I> } {
  const tensors = inputs instanceof Tensor ? [inputs] : Object.values<Tensor>(inputs);
  const [first] = tensors;
  if (first === undefined) throw new TensorError('argument', 'grad: there is no tensor to differentiate by');
  return tidy(first.backend, () => {
    using tape = openTape(first.backend);
    for (const tensor of tensors) tape.watch(tensor);
    const value = f(inputs);
    const gradients = tape.gradient(value, tensors, seed(value));
    return { value: value.view(value.shape), gradient: arrange(inputs, gradients) };
  });
}

/** Puts gradients where their inputs were. */
function arrange<I extends Inputs>(inputs: I, gradients: readonly Tensor[]): Gradients<I> {
  const arranged =
    inputs instanceof Tensor
      ? gradients[0]
      : Array.isArray(inputs)
        ? gradients
        : Object.fromEntries(Object.keys(inputs).map((key, i) => [key, gradients[i]]));
  return arranged as Gradients<I>;
}
