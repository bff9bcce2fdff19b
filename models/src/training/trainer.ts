/**
 * Training as a state that steps forward: weights, the optimiser's moments, the number of steps and the random numbers. What comes
 * next depends on nothing else, so a training that was stopped goes on as if it had not been.
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

/** All that a training remembers. */
export interface TrainingState {
  readonly weights: Parameters;
  /** AdamW's moments, by the weights' names. */
  readonly mean: Parameters;
  readonly variance: Parameters;
  /** Steps taken. */
  readonly step: number;
  readonly random: RandomState;
}

/** What one step reports. */
export interface StepReport {
  /** Binary cross-entropy of the step's mosaics before the step, mean over mosaics and classes. */
  readonly loss: number;
  readonly learningRate: number;
}

/** One training. It owns its tensors: dispose of it. */
export class Trainer {
  readonly recipe: Recipe;
  readonly #backend: Backend;
  readonly #config: VitConfig;
  readonly #articles: Articles;
  readonly #weights: Parameters;
  readonly #optimizer: AdamW;
  readonly #random: Random;

  /** @param from a state to go on from, which the trainer then owns; a new training by default */
  constructor(backend: Backend, recipe: Recipe, articles: Articles, from?: TrainingState) {
    this.recipe = recipe;
    this.#backend = backend;
    this.#articles = articles;
    this.#random = new Random(from?.random ?? recipe.seed);
    this.#weights = from?.weights ?? initialWeights(backend, recipe.architecture, this.#random);
    this.#config = vitConfig(recipe, this.#weights);
    this.#optimizer = new AdamW(this.#weights, { weightDecay: recipe.weightDecay, decays }, from);
    this.#optimizer.steps = from?.step ?? 0;
  }

  /** The state as it is now. Its tensors stay the trainer's and change with the next step. */
  get state(): TrainingState {
    const { moments, steps } = this.#optimizer;
    return { weights: this.#weights, ...moments, step: steps, random: this.#random.state };
  }

  /** Draws mosaics and takes one step against the gradient of their loss. */
  async step(): Promise<StepReport> {
    const { recipe } = this;
    const learningRate = warmupCosine(this.#optimizer.steps, { peak: recipe.learningRate, warmup: recipe.warmup, total: recipe.steps });
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
    const pictures = tensor(this.#backend, mosaicInput(mosaics, recipe.normalization), [recipe.batch, 3, MOSAIC_SIZE, MOSAIC_SIZE]);
    const targets = tensor(this.#backend, mosaicTargets(mosaics), [recipe.batch, recipe.architecture.classes]);
    const { value, gradient } = valueAndGrad(
      (weights: Parameters) => binaryCrossEntropyWithLogits(new VisionTransformer(this.#config, weights).forward(pictures), targets),
      this.#weights,
    );
    this.#optimizer.step(clipByGlobalNorm(gradient, recipe.gradientNorm).gradients, learningRate);
    return scope.keep(value);
  }

  dispose(): void {
    for (const weight of Object.values(this.#weights)) weight.dispose();
    this.#optimizer.dispose();
  }
}
