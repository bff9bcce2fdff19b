/**
 * The explanation basis of a picture in a file: with it, any target of the picture is explained without the model and without a
 * backend, by a page or a notebook, in a few hundred multiplications per patch.
 *
 * The file is safetensors. `basis` [width, patches] holds the map of each dimension of the latent, divided by `scale` [1] so that
 * half precision suffices; `latent` [width] is the picture's own; `head.weight` [classes, width] and `head.bias` [classes] are the
 * model's, where it has a head. Names of classes and the grid are in the metadata.
 */
import {
  CheckpointError,
  findClass,
  labelOf,
  parseJson,
  readSafetensors,
  type SafetensorsEntry,
  type TensorToWrite,
  toFloat32,
  type VisionTransformer,
  writeSafetensors,
} from '@cdam/vit';
import { readsClassTokenAlone } from './class-attention.ts';
import { ExplanationError } from './errors.ts';
import { type ClassScheme, classesAreIndependent, type Prediction, probabilitiesOf, rankClasses } from './predictions.ts';
import { checkScores, type From, type MapTarget, type TokenMap } from './token-map.ts';
import type { View } from './view.ts';

const FORMAT = 'cdam-basis-1';

/**
 * The bytes of a view's basis.
 *
 * @param dtype of the basis: F16 (the default) keeps maps to about 5e-4 of their largest score, F32 exactly
 * @throws ExplanationError `method` for a model whose head reads more than the class token: it has no basis
 */
export async function saveBasis(view: View, dtype: 'F16' | 'F32' = 'F16'): Promise<Uint8Array> {
  const { vit } = view;
  if (!readsClassTokenAlone(vit))
    throw new ExplanationError('method', 'saveBasis: the head reads more than the class token, so there is no basis');
  const { name, width, classes, labels, labelNames, multiLabel } = vit.config;
  const maps = await view.classRow.makeBasis().data();
  const scale = maps.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) || 1;
  const tensors: TensorToWrite[] = [
    { name: 'basis', dtype, shape: [width, maps.length / width], data: maps.map((x) => x / scale) },
    { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(scale) },
    { name: 'latent', dtype: 'F32', shape: [width], data: await view.classRow.latent.data() },
    ...(await headTensors(vit)),
  ];
  const scheme: ClassScheme = { classes, labels, labelNames, multiLabel };
  return writeSafetensors(tensors, { format: FORMAT, model: name, grid: JSON.stringify(view.grid), classes: JSON.stringify(scheme) });
}

async function headTensors(vit: VisionTransformer): Promise<TensorToWrite[]> {
  const { classes, width } = vit.config;
  if (classes === 0) return [];
  const bias = vit.weights['head.bias'];
  return [
    { name: 'head.weight', dtype: 'F32', shape: [classes, width], data: await vit.weight('head.weight').data() },
    { name: 'head.bias', dtype: 'F32', shape: [classes], data: bias ? await bias.data() : new Float32Array(classes) },
  ];
}

/** A basis that was read from a file. */
export class SavedBasis {
  /** The model that looked at the picture. */
  readonly model: string;
  readonly grid: readonly [number, number];
  readonly classes: ClassScheme;
  /** What the head reads: the picture as the model knows it, [width]. */
  readonly latent: Float32Array;
  readonly #maps: Float32Array;
  readonly #head: { readonly weight: Float32Array; readonly bias: Float32Array } | undefined;

  /**
   * @param bytes as `saveBasis` made them
   * @throws CheckpointError when the file is damaged or is no basis
   */
  constructor(bytes: Uint8Array) {
    const { entries, metadata } = readSafetensors(bytes);
    if (metadata?.get('format') !== FORMAT)
      throw new CheckpointError('safetensors', 'basis: the file is no explanation basis; make one with saveBasis');
    const values = (name: string, ...shape: number[]): Float32Array => valuesOf(entries.get(name), name, shape);
    this.model = metadata.get('model') ?? '';
    this.grid = parseGrid(metadata.get('grid'));
    this.classes = parseClasses(metadata.get('classes'));
    const width = entries.get('latent')?.shape[0] ?? 0;
    const [scale = 1] = values('scale', 1);
    this.latent = values('latent', width);
    this.#maps = values('basis', width, this.grid[0] * this.grid[1]).map((x) => x * scale);
    const { classes } = this.classes;
    this.#head = classes === 0 ? undefined : { weight: values('head.weight', classes, width), bias: values('head.bias', classes) };
  }

  /** The best classes, best first; none without a head. */
  predictions(count = 5): Prediction[] {
    return this.#head === undefined ? [] : rankClasses(this.#logits(), this.classes, count);
  }

  /**
   * The map of a class.
   *
   * @param target its index, label or identifier
   * @throws InputError `class` when there is none
   */
  cdam(target: number | string, from: From = 'logit'): TokenMap {
    const index = findClass(this.classes, String(target));
    return this.#map(this.#classGradient(index, from), { kind: 'class', index, label: labelOf(this.classes, index) }, from);
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
    const patches = this.grid[0] * this.grid[1];
    const scores = new Float32Array(patches);
    for (let i = 0; i < patches; i++) {
      let sum = 0;
      for (let j = 0; j < gradient.length; j++) sum += (gradient[j] ?? 0) * (this.#maps[j * patches + i] ?? 0);
      scores[i] = sum;
    }
    return checkScores({ method: 'cdam', target, from, grid: this.grid, scores });
  }

  /** As target-gradients.ts does it with tensors. */
  #classGradient(index: number, from: From): Float64Array {
    const row = (c: number): Float64Array => Float64Array.from(this.#headRow(c));
    if (from === 'logit') return row(index);
    const probabilities = probabilitiesOf(this.#logits(), this.classes);
    const p = probabilities[index] ?? 0;
    if (classesAreIndependent(this.classes)) return row(index).map((w) => p * (1 - p) * w);
    const mean = new Float64Array(this.latent.length);
    for (const [c, share] of probabilities.entries()) for (const [j, w] of this.#headRow(c).entries()) mean[j] = (mean[j] ?? 0) + share * w;
    return row(index).map((w, j) => p * (w - (mean[j] ?? 0)));
  }

  #headRow(index: number): Float32Array {
    const width = this.latent.length;
    return this.#head?.weight.subarray(index * width, (index + 1) * width) ?? new Float32Array(width);
  }

  #logits(): Float32Array {
    const { latent } = this;
    return Float32Array.from({ length: this.classes.classes }, (_, c) =>
      this.#headRow(c).reduce((sum, w, j) => sum + w * (latent[j] ?? 0), this.#head?.bias[c] ?? 0),
    );
  }
}

function valuesOf(entry: SafetensorsEntry | undefined, name: string, shape: readonly number[]): Float32Array {
  if (entry === undefined || entry.shape.join() !== shape.join()) {
    const found = entry === undefined ? 'is missing' : `has shape [${entry.shape.join(', ')}]`;
    throw new CheckpointError('safetensors', `basis: the tensor "${name}" ${found}; it must be [${shape.join(', ')}]`);
  }
  return toFloat32(entry);
}

function parseGrid(text: string | undefined): readonly [number, number] {
  const [rows, columns] =
    /^\[(\d{1,5}),(\d{1,5})\]$/
      .exec(text ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  if (rows === undefined || columns === undefined) throw new CheckpointError('safetensors', 'basis: the metadata has no grid');
  return [rows, columns];
}

function parseClasses(text: string | undefined): ClassScheme {
  const value: unknown = parseJson(text ?? 'null', 'the classes of a basis');
  const isList = (x: unknown, n: number): x is string[] =>
    Array.isArray(x) && x.length === n && x.every((item) => typeof item === 'string');
  if (value !== null && typeof value === 'object' && 'classes' in value && Number.isInteger(value.classes) && 'multiLabel' in value) {
    const classes = Number(value.classes);
    const list = (name: 'labels' | 'labelNames'): string[] | undefined => {
      const found: unknown = name in value ? (value as Record<string, unknown>)[name] : undefined;
      return isList(found, classes) ? found : undefined;
    };
    return { classes, multiLabel: value.multiLabel === true, labels: list('labels'), labelNames: list('labelNames') };
  }
  throw new CheckpointError('safetensors', 'basis: the metadata has no classes');
}
