/**
 * Training. Its whole state is the weights, the moments of the optimiser, the number of steps and the state of the random numbers, so an
 * interrupted training continues as if it had not been interrupted.
 */
import {
  AdamW,
  type Backend,
  binaryCrossEntropyWithLogits,
  clipByGlobalNorm,
  openScope,
  type Parameters,
  Random,
  type RandomState,
  type Tensor,
  tensor,
  valueAndGrad,
  warmupCosine,
} from '@cdam/tensor';
import { VisionTransformer, type VitConfig } from '@cdam/vit';
import type { Articles } from '../data/fashion-mnist.ts';
import { drawMosaics, MOSAIC_SIZE, mosaicInput, mosaicTargets } from '../data/mosaic.ts';
import { decays, initialWeights } from './initial-weights.ts';
import { vitConfig } from './model-config.ts';
import type { Recipe } from './recipe.ts';

/** The whole state of a training. */
export interface TrainingState {
  readonly weights: Parameters;
  /** The first moments of AdamW, by the names of the weights. */
  readonly mean: Parameters;
  /** The second moments of AdamW. */
  readonly variance: Parameters;
  /** How many steps were taken. */
  readonly step: number;
  readonly random: RandomState;
}

/** The results of one step. */
export interface StepReport {
  /** The binary cross-entropy before the step, mean over its mosaics and all classes. */
  readonly loss: number;
  readonly learningRate: number;
}

/** A training. It owns tensors: dispose it when done. */
export class Trainer {
  readonly recipe: Recipe;
  readonly #backend: Backend;
  readonly #config: VitConfig;
  readonly #articles: Articles;
  readonly #weights: Parameters;
  readonly #optimiser: AdamW;
  readonly #random: Random;

  /** @param from a state to continue from, whose tensors the trainer then owns; by default a new training begins */
  constructor(backend: Backend, recipe: Recipe, articles: Articles, from?: TrainingState) {
    this.recipe = recipe;
    this.#backend = backend;
    this.#articles = articles;
    this.#random = new Random(from?.random ?? recipe.seed);
    this.#weights = from?.weights ?? initialWeights(backend, recipe.architecture, this.#random);
    this.#config = vitConfig(recipe, this.#weights);
    this.#optimiser = new AdamW(this.#weights, { weightDecay: recipe.weightDecay, decays }, from);
    this.#optimiser.steps = from?.step ?? 0;
  }

  /** The present state. The trainer owns its tensors, which change with the next step. */
  get state(): TrainingState {
    const { moments, steps } = this.#optimiser;
    return { weights: this.#weights, ...moments, step: steps, random: this.#random.state };
  }

  /** Draws mosaics and takes one step along the negative gradient of their loss. */
  async step(): Promise<StepReport> {
    const { recipe } = this;
    const learningRate = warmupCosine(this.#optimiser.steps, { peak: recipe.learningRate, warmup: recipe.warmup, total: recipe.steps });
    const loss = this.#update(learningRate);
    try {
      return { loss: await loss.item(), learningRate };
    } finally {
      loss.dispose();
    }
  }

  #update(learningRate: number): Tensor {
    const { recipe } = this;
    using scope = openScope(this.#backend);
    const mosaics = drawMosaics(this.#articles, recipe.batch, this.#random, recipe.empty);
    const pictures = tensor(this.#backend, mosaicInput(mosaics, recipe.normalisation), [recipe.batch, 3, MOSAIC_SIZE, MOSAIC_SIZE]);
    const targets = tensor(this.#backend, mosaicTargets(mosaics), [recipe.batch, recipe.architecture.classes]);
    const { value, gradient } = valueAndGrad(
      (weights: Parameters) => binaryCrossEntropyWithLogits(new VisionTransformer(this.#config, weights).forward(pictures), targets),
      this.#weights,
    );
    this.#optimiser.step(clipByGlobalNorm(gradient, recipe.gradientNorm).gradients, learningRate);
    return scope.keep(value);
  }

  /** Frees the weights and the moments. */
  dispose(): void {
    for (const weight of Object.values(this.#weights)) weight.dispose();
    this.#optimiser.dispose();
  }
}
