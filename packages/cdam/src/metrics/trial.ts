/**
 * What is measured: several methods' maps of one class in one picture, side by side. Metrics see all maps of a picture at once, so
 * that what they have in common (the same random boxes, the same noisy pictures) is computed once.
 */
import { ExplanationError } from '../errors.ts';
import { findMethod, type MethodName } from '../methods/registry.ts';
import { describeTargets } from '../targets/target.ts';
import type { View } from '../view/view.ts';

/** Raw maps of classes in a picture, [patches] each, in the order of the classes. Zeros throughout are no error here. */
export type Explainer = (view: View, classes: readonly number[]) => Promise<Float32Array[]>;

/**
 * A method of the registry as the metrics call it. One that knows no classes gives the same map for each.
 *
 * @throws ExplanationError, when called: `target` for a class that does not exist, `map` for scores that are not finite
 */
export function explainerOf(name: MethodName, options: Readonly<Record<string, unknown>> = {}): Explainer {
  const method = findMethod(name);
  return async (view, classes) => {
    if (method.classSpecific) describeTargets(view.vit.config, classes);
    const rows = (await method.read(view, classes, options)).map(({ scores }) => scores);
    if (!rows.every((row) => row.every(Number.isFinite))) throw new ExplanationError('map', `${name}: some scores are not finite`);
    return classes.map((_, i) => rows[method.classSpecific ? i : 0] ?? new Float32Array());
  };
}

/** One method in a trial, with the maps that were already asked for. */
export class Subject {
  /** For people, and for tables: the method's name. */
  readonly name: string;
  readonly explain: Explainer;
  readonly #maps = new Map<number, Float32Array>();

  constructor(name: string, explain: Explainer) {
    this.name = name;
    this.explain = explain;
  }

  /** The maps of classes in the trial's own picture; each class is explained once. */
  async maps(view: View, classes: readonly number[]): Promise<Float32Array[]> {
    const missing = [...new Set(classes)].filter((index) => !this.#maps.has(index));
    const found = missing.length === 0 ? [] : await this.explain(view, missing);
    for (const [i, index] of missing.entries()) this.#maps.set(index, found[i] ?? new Float32Array());
    return classes.map((index) => this.#maps.get(index) ?? new Float32Array());
  }
}

export interface Trial {
  readonly view: View;
  /** The class that is explained. */
  readonly target: number;
  readonly subjects: readonly Subject[];
  /** Inputs that show other classes, [channels, inputHeight, inputWidth] each, for mosaics: three. */
  readonly companions?: readonly Float32Array[] | undefined;
  /** Where the object is: the share of each patch that it covers, row by row. */
  readonly mask?: Float32Array | undefined;
}

/** The maps of the trial's class, one per subject. */
export async function mapsOf({ view, target, subjects }: Trial): Promise<Float32Array[]> {
  const maps: Float32Array[] = [];
  for (const subject of subjects) maps.push(...(await subject.maps(view, [target])));
  return maps;
}
