/**
 * Optimisers. They change parameters in place and own the moments that they keep; gradients still belong to the caller.
 */
import type { AdamWStep, SgdStep } from '../backend.ts';
import { checkNumber, describe, TensorError } from '../errors.ts';
import { commonBackend } from '../operation.ts';
import { sameShape } from '../shape.ts';
import { full, type Tensor } from '../tensor.ts';

/** Tensors by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** How AdamW steps. */
export interface AdamWOptions {
  /** How slowly the two moments change, from 0 to below 1; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** A positive number, added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
  /** How much of a parameter is taken off in each step, times the learning rate; 0.01 by default. */
  readonly weightDecay?: number;
  /** Which parameters decay, by name; all by default. Biases and norms usually do not. */
  readonly decays?: (name: string) => boolean;
}

/**
 * AdamW (Loshchilov and Hutter 2019), as PyTorch computes it.
 *
 * @example
 * const x = tensor(backend, [1]);
 * new AdamW({ x }, { weightDecay: 0 }).step({ x: tensor(backend, [5]) }, 0.1);
 * x; // Tensor [1] on reference: 0.9
 */
export class AdamW {
  readonly #parameters: Parameters;
  readonly #options: Required<AdamWOptions>;
  /** First and second moments, by parameter name. A checkpoint has to contain them, and `steps`. */
  readonly moments: { readonly mean: Parameters; readonly variance: Parameters };
  /** How many steps were taken. Set it when the moments come from a checkpoint. */
  steps = 0;

  /**
   * @param parameters are changed in place by each step
   * @param moments of earlier steps, from a checkpoint; zeros by default
   * @throws TensorError `argument` when an option is out of its range
   */
  constructor(parameters: Parameters, options: AdamWOptions = {}, moments?: { mean: Parameters; variance: Parameters }) {
    const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01, decays = () => true } = options;
    betas.forEach((beta, i) => {
      checkNumber('AdamW', `beta${i + 1}`, beta, beta >= 0 && beta < 1, 'from 0 to below 1');
    });
    checkNumber('AdamW', 'epsilon', epsilon, epsilon > 0 && epsilon < Number.POSITIVE_INFINITY, 'a positive number');
    checkNotNegative('AdamW', { weightDecay });
    this.#parameters = parameters;
    this.#options = { betas, epsilon, weightDecay, decays };
    this.moments = moments ?? { mean: zerosLike(parameters), variance: zerosLike(parameters) };
  }

  /**
   * One step downhill. Nothing changes when it throws.
   *
   * @param gradients one for each parameter, of the same name and shape
   * @throws TensorError `argument` when a gradient is missing, has another shape or lives on another backend, or when the learning rate
   * is not a finite number of at least 0
   */
  step(gradients: Parameters, learningRate: number): void {
    checkNotNegative('AdamW', { learningRate, steps: this.steps });
    const {
      betas: [beta1, beta2],
      epsilon,
      weightDecay,
      decays,
    } = this.#options;
    const { mean, variance } = this.moments;
    const parts = matching('AdamW', this.#parameters, [gradients, mean, variance]);
    this.steps++;
    for (const [name, { backend, storage }, [gradient, first, second]] of parts) {
      const step: AdamWStep = { learningRate, beta1, beta2, epsilon, weightDecay: decays(name) ? weightDecay : 0, step: this.steps };
      backend.adamW(storage, gradient.storage, first.storage, second.storage, step);
    }
  }

  /** Frees the moments, not the parameters. */
  dispose(): void {
    for (const moment of [this.moments.mean, this.moments.variance]) for (const tensor of Object.values(moment)) tensor.dispose();
  }
}

/** How SGD steps. */
export interface SgdOptions {
  /** How much of the last step is taken again; 0 by default. */
  readonly momentum?: number;
  /** weightDecay · parameter is added to the gradient; 0 by default. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum, as PyTorch computes it without dampening and without Nesterov's variant.
 *
 * @example
 * const x = tensor(backend, [1]);
 * new Sgd({ x }).step({ x: tensor(backend, [5]) }, 0.1);
 * x; // Tensor [1] on reference: 0.5
 */
export class Sgd {
  readonly #parameters: Parameters;
  readonly #options: Required<SgdOptions>;
  /** The last step of each parameter, by name. A checkpoint has to contain it. */
  readonly velocity: Parameters;

  /**
   * @param parameters are changed in place by each step
   * @param velocity of earlier steps, from a checkpoint; zeros by default
   * @throws TensorError `argument` when an option is negative or not finite
   */
  constructor(parameters: Parameters, { momentum = 0, weightDecay = 0 }: SgdOptions = {}, velocity?: Parameters) {
    checkNotNegative('Sgd', { momentum, weightDecay });
    this.#parameters = parameters;
    this.#options = { momentum, weightDecay };
    this.velocity = velocity ?? zerosLike(parameters);
  }

  /**
   * One step downhill. Nothing changes when it throws.
   *
   * @param gradients one for each parameter, of the same name and shape
   * @throws TensorError `argument` when a gradient is missing, has another shape or lives on another backend, or when the learning rate
   * is not a finite number of at least 0
   */
  step(gradients: Parameters, learningRate: number): void {
    checkNotNegative('Sgd', { learningRate });
    const step: SgdStep = { learningRate, ...this.#options };
    for (const [, { backend, storage }, [gradient, velocity]] of matching('Sgd', this.#parameters, [gradients, this.velocity])) {
      backend.sgd(storage, gradient.storage, velocity.storage, step);
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

function checkNotNegative(op: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    checkNumber(op, name, value, value >= 0 && value < Number.POSITIVE_INFINITY, 'a finite number of at least 0');
  }
}

/** Each parameter with the tensors of its name from every list, all of its shape and on its backend. */
function matching<const L extends readonly Parameters[]>(
  op: string,
  parameters: Parameters,
  lists: L,
): [name: string, parameter: Tensor, tensors: { readonly [K in keyof L]: Tensor }][] {
  return Object.entries(parameters).map(([name, parameter]) => {
    const tensors = lists.map((list) => {
      const tensor = list[name];
      if (tensor !== undefined && sameShape(tensor.shape, parameter.shape)) return tensor;
      const found = tensor === undefined ? 'is missing' : `has shape ${describe(tensor.shape)}`;
      throw new TensorError(
        'argument',
        `${op}: the gradient or moment of "${name}" ${found}; the parameter has shape ${describe(parameter.shape)}`,
      );
    });
    commonBackend(op, [parameter, ...tensors]);
    return [name, parameter, tensors as { readonly [K in keyof L]: Tensor }];
  });
}
