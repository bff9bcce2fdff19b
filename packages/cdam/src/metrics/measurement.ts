/**
 * Measures one picture: it makes the maps of several methods and computes metrics of all these maps. When a method or a metric does not
 * apply to the picture, its numbers are missing, with a reason, and the others are measured nevertheless.
 */
import { ExplanationError } from '../errors.ts';
import { findMethod, type MethodName } from '../methods/registry.ts';
import { contrastClasses } from './class-sensitivity.ts';
import type { Metric, MetricOptions } from './registry.ts';
import { type Explainer, explainerOf, remembering, Subject, sharpening, type Trial } from './trial.ts';

/** A method to measure, with its options. The same method may be measured several times, with different labels. */
export interface MethodChoice {
  /** Its name in tables. */
  readonly label: string;
  /** The method. */
  readonly name: MethodName;
  readonly options: Readonly<Record<string, unknown>>;
  /** The power of `sharpened` for its maps: by default 1, which changes nothing. */
  readonly sharpen?: number | undefined;
}

/** What to measure. `seed` is also the seed of methods that use random numbers, unless their own options have another. */
export interface MeasurementPlan extends MetricOptions {
  readonly methods: readonly MethodChoice[];
  readonly metrics: readonly Metric[];
}

/** The results of one picture. Methods have their labels as keys, metrics their names. */
export interface Measurement {
  /** Scores by method as they were measured, [patches] each, of the methods that gave a map: raw, or sharpened where the choice says so. */
  readonly maps: ReadonlyMap<string, Float32Array>;
  /** Numbers by metric and method; null when a number is missing or not defined. */
  readonly values: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly milliseconds: {
    /**
     * The time of each method, for the map of the target and those of the classes that it is compared with. Choices that differ by
     * sharpening alone share maps, and each has the time of these maps.
     */
    readonly methods: Readonly<Record<string, number>>;
    /** The time of each metric, for the maps of all methods. */
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** The reasons why numbers are missing. */
  readonly problems: readonly string[];
}

/**
 * Measures the methods of a plan side by side in one picture. An ExplanationError of a method or a metric becomes one of the problems; all
 * other errors are thrown.
 *
 * @param trial the picture; the methods of the plan become its subjects
 * @param watch is called with the label of each method and the name of each metric before it begins
 */
export async function measureMethods(
  trial: Omit<Trial, 'subjects'>,
  plan: MeasurementPlan,
  watch: (name: string) => void = () => {},
): Promise<Measurement> {
  const { methods, metrics, steps, draws, seed = 0 } = plan;
  const problems: string[] = [];
  const milliseconds: Record<'methods' | 'metrics', Record<string, number>> = { methods: {}, metrics: {} };
  const attempt = async <T>(kind: 'methods' | 'metrics', name: string, work: () => Promise<T>): Promise<T | undefined> => {
    watch(name);
    const started = performance.now();
    try {
      const outcome = await work();
      milliseconds[kind][name] = Math.round((performance.now() - started) * 1000) / 1000;
      return outcome;
    } catch (error) {
      if (!(error instanceof ExplanationError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const classes = await classesOf(trial, metrics, seed);
  const subjects: Subject[] = [];
  const maps = new Map<string, Float32Array>();
  const shared = new SharedExplainers(seed);
  for (const choice of methods) {
    const { label } = choice;
    const { explain, twin } = shared.of(choice);
    const subject = new Subject(label, explain);
    const [map] = (await attempt('methods', label, () => subject.maps(trial.view, classes))) ?? [];
    const before = milliseconds.methods[twin ?? label];
    if (twin !== undefined && before !== undefined) milliseconds.methods[label] = before;
    if (map?.every((score) => score === 0)) problems.push(`${label}: every score is zero`);
    else if (map !== undefined) {
      maps.set(label, map);
      subjects.push(subject);
    }
  }
  const values: Record<string, Record<string, number | null>> = {};
  for (const { name, measure } of metrics) {
    const numbers = (await attempt('metrics', name, () => measure({ ...trial, subjects }, { steps, draws, seed }))) ?? [];
    const ofMethods = methods.map(({ label }) => [label, finite(numbers[subjects.findIndex((subject) => subject.name === label)])]);
    values[name] = Object.fromEntries(ofMethods);
  }
  return { maps, values, milliseconds, problems };
}

/** The explainers of choices. Choices that differ by sharpening alone share one, so that their raw maps are computed once. */
class SharedExplainers {
  readonly #seed: number;
  readonly #raw = new Map<string, { readonly explain: Explainer; readonly label: string }>();

  /** @param seed of methods that use random numbers, unless their own options have another */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The explainer of a choice, and the label of the first choice that shares its raw maps, where there is one. */
  of({ label, name, options, sharpen = 1 }: MethodChoice): { readonly explain: Explainer; readonly twin: string | undefined } {
    const drawn = 'seed' in findMethod(name).options ? { seed: this.#seed } : {};
    const values = { ...drawn, ...options };
    const key = JSON.stringify([name, Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    const known = this.#raw.get(key);
    const { explain } = known ?? { explain: remembering(explainerOf(name, values)) };
    if (known === undefined) this.#raw.set(key, { explain, label });
    return { explain: sharpen === 1 ? explain : sharpening(explain, sharpen), twin: known?.label };
  }
}

/** The classes whose maps the metrics need, the target first. They are explained together, which costs little more than one class. */
async function classesOf({ view, target }: Omit<Trial, 'subjects'>, metrics: readonly Metric[], seed: number): Promise<number[]> {
  const compared = metrics.some(({ needs }) => needs === 'maps of other classes') && view.vit.config.classes > 1;
  return [target, ...(compared ? Object.values(contrastClasses(await view.logits(), target, seed)) : [])];
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
