/**
 * The explanation basis of a picture: the matrix L that holds the map of each dimension of the latent (class-row.ts). Once it is
 * here, any target of the picture is explained without the model and without a backend, in a few hundred multiplications per patch.
 */
import { findClass, labelOf, type VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from './class-attention.ts';
import { ExplanationError } from './errors.ts';
import { type ClassScheme, classesAreIndependent, type Prediction, probabilitiesOf, rankClasses } from './predictions.ts';
import { checkScores, type From, type MapTarget, type TokenMap } from './token-map.ts';
import type { View } from './view.ts';

export interface Head {
  /** [classes, width] */
  readonly weight: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/** What a basis consists of. */
export interface BasisParts {
  /** The model that looked at the picture. */
  readonly model: string;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  readonly classes: ClassScheme;
  /** What the head reads: the picture as the model knows it, [width]. */
  readonly latent: Float32Array;
  /** L, the map of each dimension of the latent, [width, patches]. */
  readonly maps: Float32Array;
  /** Undefined for a model without one. */
  readonly head: Head | undefined;
}

/** All that there is to explain of a picture, in ordinary memory. */
export class ExplanationBasis {
  readonly parts: BasisParts;

  /** @internal Use `basisOf`, or `parseBasis` for a file. */
  constructor(parts: BasisParts) {
    this.parts = parts;
  }

  get grid(): readonly [number, number] {
    return this.parts.grid;
  }

  /** What the head reads, [width]. */
  get latent(): Float32Array {
    return this.parts.latent;
  }

  /** The best classes, best first; none without a head. */
  predictions(count = 5): Prediction[] {
    return this.parts.head === undefined ? [] : rankClasses(this.#logits(), this.parts.classes, count);
  }

  /**
   * The map of a class.
   *
   * @param target its index, label or identifier
   * @throws InputError `class` when there is none
   */
  cdam(target: number | string, from: From = 'logit'): TokenMap {
    const index = findClass(this.parts.classes, String(target));
    return this.#map(this.#classGradient(index, from), { kind: 'class', index, label: labelOf(this.parts.classes, index) }, from);
  }

  /**
   * The map of any target of the latent.
   *
   * @param gradient u = ∂f/∂z at `latent`, [width]
   */
  cdamOfGradient(name: string, gradient: ArrayLike<number>): TokenMap {
    if (gradient.length !== this.latent.length) {
      throw new ExplanationError(
        'target',
        `cdam: the gradient of "${name}" has ${gradient.length} numbers; the latent has ${this.latent.length}`,
      );
    }
    return this.#map(gradient, { kind: 'latent', name }, undefined);
  }

  /** u·L */
  #map(gradient: ArrayLike<number>, target: MapTarget, from: From | undefined): TokenMap {
    const { maps, latent } = this.parts;
    const patches = maps.length / latent.length;
    const scores = new Float32Array(patches);
    for (let i = 0; i < patches; i++) {
      let sum = 0;
      for (let j = 0; j < gradient.length; j++) sum += (gradient[j] ?? 0) * (maps[j * patches + i] ?? 0);
      scores[i] = sum;
    }
    return checkScores({ method: 'cdam', target, from, grid: this.grid, scores });
  }

  /** As target-gradients.ts does it with tensors. */
  #classGradient(index: number, from: From): Float64Array {
    const row = (c: number): Float64Array => Float64Array.from(this.#headRow(c));
    if (from === 'logit') return row(index);
    const probabilities = probabilitiesOf(this.#logits(), this.parts.classes);
    const p = probabilities[index] ?? 0;
    if (classesAreIndependent(this.parts.classes)) return row(index).map((w) => p * (1 - p) * w);
    const mean = new Float64Array(this.latent.length);
    for (const [c, share] of probabilities.entries()) for (const [j, w] of this.#headRow(c).entries()) mean[j] = (mean[j] ?? 0) + share * w;
    return row(index).map((w, j) => p * (w - (mean[j] ?? 0)));
  }

  #headRow(index: number): Float32Array {
    const width = this.latent.length;
    return this.parts.head?.weight.subarray(index * width, (index + 1) * width) ?? new Float32Array(width);
  }

  #logits(): Float32Array {
    const { latent } = this;
    return Float32Array.from({ length: this.parts.classes.classes }, (_, c) =>
      this.#headRow(c).reduce((sum, w, j) => sum + w * (latent[j] ?? 0), this.parts.head?.bias[c] ?? 0),
    );
  }
}

/** The head of each model that was asked for a basis: bases share it. */
const heads = new WeakMap<VisionTransformer, Promise<Head | undefined>>();

/**
 * Makes the basis of a view and waits until it is in ordinary memory.
 *
 * @throws ExplanationError `method` for a model whose head reads more than the class token: it has no basis
 */
export async function basisOf(view: View): Promise<ExplanationBasis> {
  const { vit, grid } = view;
  if (!readsClassTokenAlone(vit))
    throw new ExplanationError('method', 'basisOf: the head reads more than the class token, so there is no basis');
  const { name, classes, labels, labelNames, multiLabel } = vit.config;
  const head = heads.get(vit) ?? readHead(vit);
  heads.set(vit, head);
  const maps = await view.classRow.makeBasis().data();
  const latent = await view.classRow.latent.data();
  return new ExplanationBasis({
    model: name,
    grid,
    classes: { classes, labels, labelNames, multiLabel },
    latent,
    maps,
    head: await head,
  });
}

async function readHead(vit: VisionTransformer): Promise<Head | undefined> {
  const { classes } = vit.config;
  if (classes === 0) return undefined;
  const bias = vit.weights['head.bias'];
  return { weight: await vit.weight('head.weight').data(), bias: bias ? await bias.data() : new Float32Array(classes) };
}
