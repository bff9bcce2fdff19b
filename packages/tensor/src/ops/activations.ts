/**
 * Activations: functions of one number, applied to each element. GELU comes in the three forms that published ViTs were trained with.
 */
import { ACTIVATIONS, type Activation } from '../backend.ts';
import { TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { full, type Tensor, tidy, wrap } from '../tensor.ts';
import { add, mul } from './arithmetic.ts';

/**
 * x·Φ(x), where Φ is the normal distribution function, exactly by erf (Hendrycks and Gimpel 2016).
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example gelu(tensor(backend, [-1, 0, 1])); // Tensor [3] on reference: -0.158655, 0, 0.841345
 */
export function gelu(x: Tensor): Tensor {
  return activate(x, 'gelu');
}

/**
 * ½x·(1 + tanh(√(2/π)·(x + 0.044715 x³))), the approximation of GELU in the same paper.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example geluTanh(tensor(backend, [-1, 0, 1])); // Tensor [3] on reference: -0.158808, 0, 0.841192
 */
export function geluTanh(x: Tensor): Tensor {
  return activate(x, 'geluTanh');
}

/**
 * x·σ(1.702 x), the approximation of GELU in OpenAI's CLIP.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example quickGelu(tensor(backend, [-1, 0, 1])); // Tensor [3] on reference: -0.154204, 0, 0.845796
 */
export function quickGelu(x: Tensor): Tensor {
  return activate(x, 'quickGelu');
}

/**
 * x·σ(x)
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example silu(tensor(backend, [-1, 0, 1])); // Tensor [3] on reference: -0.268941, 0, 0.731059
 */
export function silu(x: Tensor): Tensor {
  return activate(x, 'silu');
}

/**
 * σ(x) = 1 / (1 + e⁻ˣ)
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example sigmoid(tensor(backend, [0, Math.log(3)])); // Tensor [2] on reference: 0.5, 0.75
 */
export function sigmoid(x: Tensor): Tensor {
  return activate(x, 'sigmoid');
}

/**
 * max(x, 0). Its gradient at 0 is 0.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example relu(tensor(backend, [-1, 0, 1])); // Tensor [3] on reference: 0, 0, 1
 */
export function relu(x: Tensor): Tensor {
  return activate(x, 'relu');
}

/**
 * log(1 + eˣ), computed so that it does not overflow.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example softplus(tensor(backend, [0, 1000])); // Tensor [2] on reference: 0.693147, 1000
 */
export function softplus(x: Tensor): Tensor {
  return activate(x, 'softplus');
}

/**
 * Applies an activation by its name.
 *
 * @param x any shape
 * @param activation a name from `ACTIVATIONS`
 * @returns as x
 * @throws TensorError `argument` when there is no activation of this name, `disposed` when x was disposed
 * @example activate(tensor(backend, [-1, 2]), 'relu'); // Tensor [2] on reference: 0, 2
 */
export function activate(x: Tensor, activation: Activation): Tensor {
  checkActivation('activate', activation);
  return operation(activation, { x }, (backend) => {
    const output = wrap(backend, backend.unary(activation, x.storage), x.shape);
    return {
      output,
      gradients: { x: (dy) => wrap(backend, backend.activationGradient(activation, x.storage, dy.storage), x.shape) },
      frozenGates: isGated(activation) ? { x: (dy) => mul(dy, GATES[activation](x)) } : {},
    };
  });
}

/** The activations of the form x·G(x), by their gates G. (The gate of ReLU is 0 or 1, so its gradient is the true one.) */
const GATES = {
  gelu: (x: Tensor): Tensor => wrap(x.backend, x.backend.unary('normalDistribution', x.storage), x.shape),
  geluTanh: (x: Tensor): Tensor => sigmoid(mul(mul(x, 2 * Math.sqrt(2 / Math.PI)), add(mul(mul(x, x), 0.044715), 1))),
  quickGelu: (x: Tensor): Tensor => sigmoid(mul(x, 1.702)),
  silu: sigmoid,
} as const satisfies Partial<Record<Activation, (x: Tensor) => Tensor>>;

function isGated(activation: Activation): activation is keyof typeof GATES {
  return activation in GATES;
}

/**
 * The gate G of an activation, which is x·G(x): what the rule `frozen-gates` holds constant. For the others it is their derivative, by which
 * that rule takes them. It is a constant for gradients.
 *
 * @param x any shape
 * @param activation a name from `ACTIVATIONS`
 * @returns as x
 * @throws TensorError `argument` when there is no activation of this name, `disposed` when x was disposed
 * @example gateOf(tensor(backend, [0, Math.log(3)]), 'silu'); // Tensor [2] on reference: 0.5, 0.75
 */
export function gateOf(x: Tensor, activation: Activation): Tensor {
  checkActivation('gateOf', activation);
  return tidy(x.backend, () => {
    const constant = x.view(x.shape);
    if (isGated(activation)) return GATES[activation](constant);
    return wrap(x.backend, x.backend.activationGradient(activation, x.storage, full(x.backend, x.shape, 1).storage), x.shape);
  });
}

/** Throws a TensorError `argument` unless there is an activation of this name. @internal */
export function checkActivation(op: string, name: Activation): void {
  if (ACTIVATIONS.includes(name)) return;
  throw new TensorError('argument', `${op}: there is no activation "${name}"; there are ${ACTIVATIONS.join(', ')}`);
}
