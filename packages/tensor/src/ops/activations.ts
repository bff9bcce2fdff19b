/**
 * Functions of one number, element by element. GELU comes in the three forms that published ViTs were trained with.
 */
import type { Activation } from '../backend.ts';
import { operation } from '../operation.ts';
import { type Tensor, wrap } from '../tensor.ts';

/** x·Φ(x), Φ the normal distribution function, exactly by erf (Hendrycks and Gimpel 2016). */
export function gelu(x: Tensor): Tensor {
  return activate(x, 'gelu');
}

/** ½x·(1 + tanh(√(2/π)·(x + 0.044715 x³))), the approximation in the same paper. */
export function geluTanh(x: Tensor): Tensor {
  return activate(x, 'geluTanh');
}

/** x·σ(1.702 x), as in OpenAI's CLIP. */
export function quickGelu(x: Tensor): Tensor {
  return activate(x, 'quickGelu');
}

/** x·σ(x) */
export function silu(x: Tensor): Tensor {
  return activate(x, 'silu');
}

/** σ(x) = 1 / (1 + e⁻ˣ) */
export function sigmoid(x: Tensor): Tensor {
  return activate(x, 'sigmoid');
}

/** max(x, 0); its gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return activate(x, 'relu');
}

/** log(1 + eˣ), without overflow. */
export function softplus(x: Tensor): Tensor {
  return activate(x, 'softplus');
}

/** Applies an activation by its name. */
export function activate(x: Tensor, activation: Activation): Tensor {
  return operation(activation, { x }, (backend) => ({
    output: wrap(backend, backend.unary(activation, x.storage), x.shape),
    gradients: { x: (dy) => wrap(backend, backend.activationGradient(activation, x.storage, dy.storage), x.shape) },
  }));
}
