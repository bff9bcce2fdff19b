/**
 * What a metric measures: the maps of several methods, for one class in one picture. A metric sees all maps of a picture together, so that
 * what they have in common (the same random boxes, the same noisy pictures) is computed once.
 */
import { ExplanationError } from '../errors.ts';
import { sharpened } from '../maps/sharpen.ts';
import { findMethod, type MethodName } from '../methods/registry.ts';
import { describeTargets } from '../targets/target.ts';
import type { View } from '../view/view.ts';

/** Makes the raw maps of classes in a picture, [patches] each, in the order of the classes. A map may be zero everywhere. */
export type Explainer = (view: View, classes: readonly number[]) => Promise<Float32Array[]>;

/**
 * A method of the registry in the form that metrics call. A method that does not depend on the class gives the same map for each class.
 *
 * @returns a function that throws ExplanationError `target` for a class that does not exist, `map` for scores that are not finite
 * @throws ExplanationError `method` for a name that is not in the registry
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

/** The same explainer, which remembers the maps of each view and class that it has made. */
export function remembering(explain: Explainer): Explainer {
  const known = new WeakMap<View, Map<number, Float32Array>>();
  return async (view, classes) => {
    const maps = known.get(view) ?? new Map<number, Float32Array>();
    known.set(view, maps);
    const missing = [...new Set(classes)].filter((index) => !maps.has(index));
    const found = missing.length === 0 ? [] : await explain(view, missing);
    for (const [i, index] of missing.entries()) maps.set(index, found[i] ?? new Float32Array());
    return classes.map((index) => maps.get(index) ?? new Float32Array());
  };
}

/** The explainer whose maps are those of another, sharpened: see `sharpened`. @param power from 1 */
export function sharpening(explain: Explainer, power: number): Explainer {
  return async (view, classes) => (await explain(view, classes)).map((scores) => sharpened(scores, power));
}

/** One method in a trial. It keeps the maps that it has made. */
export class Subject {
  /** Its name in tables. */
  readonly name: string;
  readonly explain: Explainer;
  readonly #remembered: Explainer;

  constructor(name: string, explain: Explainer) {
    this.name = name;
    this.explain = explain;
    this.#remembered = remembering(explain);
  }

  /** The maps of classes in the trial's own picture; each class is explained once. */
  async maps(view: View, classes: readonly number[]): Promise<Float32Array[]> {
    return await this.#remembered(view, classes);
  }
}

/** One class in one picture, and the methods that explain it. */
export interface Trial {
  readonly view: View;
  /** The index of the class that is explained. */
  readonly target: number;
  readonly subjects: readonly Subject[];
  /** Three inputs that show other classes, [channels, inputHeight, inputWidth] each, for mosaics. */
  readonly companions?: readonly Float32Array[] | undefined;
  /** For each patch, row by row, the share that the object covers. */
  readonly mask?: Float32Array | undefined;
}

/** The maps of the target, one for each subject: what most metrics, and metrics of your own, start from. */
export async function mapsOf({ view, target, subjects }: Trial): Promise<Float32Array[]> {
  const maps: Float32Array[] = [];
  for (const subject of subjects) maps.push(...(await subject.maps(view, [target])));
  return maps;
}
