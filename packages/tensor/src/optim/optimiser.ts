/**
 * Optimisers. They change parameter tensors in place and own their moments; gradients stay the caller's.
 */
import type { AdamWStep, SgdStep } from '../backend.ts';
import { describe, TensorError } from '../errors.ts';
import { sameShape } from '../shape.ts';
import { full, type Tensor } from '../tensor.ts';

/** Tensors by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

export interface AdamWOptions {
  /** Decay rates of the two moments. */
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
  /** Decoupled from the gradient, multiplied by the learning rate. */
  readonly weightDecay?: number;
  /** Which parameters decay; all by default. Biases and norms usually do not. */
  readonly decays?: (name: string) => boolean;
}

/** AdamW (Loshchilov and Hutter 2019), as PyTorch computes it. */
export class AdamW {
  readonly #parameters: Parameters;
  readonly #options: AdamWOptions;
  /** First and second moments, by parameter name: what a checkpoint has to keep besides `steps`. */
  readonly moments: { readonly mean: Parameters; readonly variance: Parameters };
  /** Steps taken. Set it when moments were restored from a checkpoint. */
  steps = 0;

  constructor(parameters: Parameters, options: AdamWOptions = {}, moments?: { mean: Parameters; variance: Parameters }) {
    this.#parameters = parameters;
    this.#options = options;
    this.moments = moments ?? { mean: zerosLike(parameters), variance: zerosLike(parameters) };
  }

  /** One step against `gradients`, which has the parameters' names and shapes. */
  step(gradients: Parameters, learningRate: number): void {
    this.steps++;
    const { betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01, decays = () => true } = this.#options;
    for (const [name, parameter] of Object.entries(this.#parameters)) {
      const step: AdamWStep = { learningRate, beta1, beta2, epsilon, weightDecay: decays(name) ? weightDecay : 0, step: this.steps };
      const gradient = matching(name, parameter, gradients);
      const mean = matching(name, parameter, this.moments.mean);
      const variance = matching(name, parameter, this.moments.variance);
      parameter.backend.adamW(parameter.storage, gradient.storage, mean.storage, variance.storage, step);
    }
  }

  /** Frees the moments, not the parameters. */
  dispose(): void {
    for (const moment of [this.moments.mean, this.moments.variance]) for (const tensor of Object.values(moment)) tensor.dispose();
  }
}

export interface SgdOptions {
  readonly momentum?: number;
  /** Added to the gradient as weightDecay · parameter. */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent with momentum, as PyTorch computes it (no dampening, not Nesterov's). */
export class Sgd {
  readonly #parameters: Parameters;
  readonly #options: SgdOptions;
  readonly velocity: Parameters;

  constructor(parameters: Parameters, options: SgdOptions = {}, velocity?: Parameters) {
    this.#parameters = parameters;
    this.#options = options;
    this.velocity = velocity ?? zerosLike(parameters);
  }

  /** One step against `gradients`, which has the parameters' names and shapes. */
  step(gradients: Parameters, learningRate: number): void {
    const { momentum = 0, weightDecay = 0 } = this.#options;
    const step: SgdStep = { learningRate, momentum, weightDecay };
    for (const [name, parameter] of Object.entries(this.#parameters)) {
      const velocity = matching(name, parameter, this.velocity);
      parameter.backend.sgd(parameter.storage, matching(name, parameter, gradients).storage, velocity.storage, step);
    }
  }

  /** Frees the velocities, not the parameters. */
  dispose(): void {
    for (const tensor of Object.values(this.velocity)) tensor.dispose();
  }
}

function zerosLike(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, full(tensor.backend, tensor.shape, 0)]));
}

function matching(name: string, parameter: Tensor, tensors: Parameters): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined || !sameShape(tensor.shape, parameter.shape)) {
    const found = tensor === undefined ? 'is missing' : `has shape ${describe(tensor.shape)}`;
    throw new TensorError(
      'argument',
      `optimiser: the gradient or moment of "${name}" ${found}; the parameter has shape ${describe(parameter.shape)}`,
    );
  }
  return tensor;
}
