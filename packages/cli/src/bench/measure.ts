/**
 * One picture of a benchmark: every method's map, and every metric of all maps.
 */
import { join } from 'node:path';
import { labelOf, preprocess, type VisionTransformer } from '@cdam/vit';
import {
  contrastClasses,
  ExplanationError,
  explainerOf,
  findMethod,
  look,
  type Metric,
  maskOnGrid,
  Subject,
  type Trial,
  type View,
} from 'cdam';
import { readPicture } from '../image-files.ts';
import type { Companions } from './companions.ts';
import type { BenchImage } from './images.ts';
import type { MethodChoice } from './method-choice.ts';
import type { ImageRecord } from './records.ts';

/** What is asked of every picture. */
export interface Plan {
  readonly methods: readonly MethodChoice[];
  readonly metrics: readonly Metric[];
  readonly target: 'predicted' | 'label';
  readonly steps: number;
  readonly draws: number;
  readonly seed: number;
  /** Folder of masks, `<name of the picture>.png` each. */
  readonly masks: string | undefined;
}

/** A picture that was measured, with its maps by method. */
export interface Measurement {
  readonly record: ImageRecord;
  readonly maps: ReadonlyMap<string, Float32Array>;
  readonly view: View;
}

/**
 * Measures a picture. A method that gives no map of it, and a metric that lacks what it needs, leave nulls and a reason.
 *
 * @returns the caller disposes the view
 * @throws CliError `image` for a picture that cannot be read
 */
export async function measureImage(vit: VisionTransformer, image: BenchImage, plan: Plan, companions: Companions): Promise<Measurement> {
  const photo = await readPicture(image.path);
  const started = performance.now();
  const view = look(vit, photo);
  try {
    const [best] = await view.predictions(1);
    const predicted = best?.index ?? 0;
    const looked = performance.now() - started;
    const target = plan.target === 'label' ? (image.label ?? predicted) : predicted;
    const seed = plan.seed + image.index;
    const explained = await explainAll(view, await classesOf(view, target, plan.metrics, seed), plan.methods, seed);
    const trial = await trialOf(view, target, explained.subjects, image, plan, companions);
    const measured = await measureAll(trial, plan, seed);
    const values = Object.fromEntries(
      plan.metrics.map(({ name }) => {
        const found = measured.values.get(name) ?? [];
        const ofMethod = plan.methods.map(({ label }) => [label, finite(found[explained.subjects.findIndex((one) => one.name === label)])]);
        return [name, Object.fromEntries(ofMethod)];
      }),
    );
    const milliseconds = { look: rounded(looked), methods: explained.milliseconds, metrics: measured.milliseconds };
    const problems = [...explained.problems, ...measured.problems];
    const { index, file, label = null } = image;
    const backend = `${vit.backend.name} (${vit.backend.adapter})`;
    const targetLabel = labelOf(vit.config, target);
    const record = { index, file, backend, target, targetLabel, predicted, label, values, milliseconds, problems };
    return { record, maps: explained.maps, view };
  } catch (error) {
    view.dispose();
    throw error;
  }
}

interface Explained {
  readonly subjects: Subject[];
  readonly maps: Map<string, Float32Array>;
  readonly milliseconds: Record<string, number>;
  readonly problems: string[];
}

/** The classes whose maps will be asked for, the target first: many methods explain several at once for little more than one. */
async function classesOf(view: View, target: number, metrics: readonly Metric[], seed: number): Promise<number[]> {
  const compared = metrics.some(({ needs }) => needs === 'maps of other classes') && view.vit.config.classes > 1;
  return [target, ...(compared ? Object.values(contrastClasses(await view.logits(), target, seed)) : [])];
}

/** The maps of classes by each method. A method without one of the first class, the target, is no subject of what follows. */
async function explainAll(view: View, classes: readonly number[], methods: readonly MethodChoice[], seed: number): Promise<Explained> {
  const explained: Explained = { subjects: [], maps: new Map(), milliseconds: {}, problems: [] };
  for (const { label, name, options } of methods) {
    const drawn = findMethod(name).options.includes('seed') ? { seed } : {};
    const subject = new Subject(label, explainerOf(name, { ...drawn, ...options }));
    const started = performance.now();
    try {
      const [map = new Float32Array()] = await subject.maps(view, classes);
      explained.milliseconds[label] = rounded(performance.now() - started);
      if (map.every((score) => score === 0)) throw new ExplanationError('map', `${label}: every score is zero`);
      explained.maps.set(label, map);
      explained.subjects.push(subject);
    } catch (error) {
      explained.problems.push(problemOf(error));
    }
  }
  return explained;
}

async function trialOf(
  view: View,
  target: number,
  subjects: readonly Subject[],
  { file, index }: BenchImage,
  { metrics, masks }: Plan,
  companions: Companions,
): Promise<Trial> {
  const needs = (what: Metric['needs']): boolean => metrics.some((metric) => metric.needs === what);
  return {
    view,
    target,
    subjects,
    companions: needs('pictures of other classes') ? await companions.find(index, target) : undefined,
    mask: needs('a mask') && masks !== undefined ? await readMask(join(masks, file.replace(/^.*[/\\]|\.[^.]*$/g, '')), view) : undefined,
  };
}

/** A mask goes the way of its picture, and what is light afterwards is inside. */
async function readMask(stem: string, { vit, grid }: View): Promise<Float32Array> {
  const { picture } = preprocess(await readPicture(`${stem}.png`), vit.config);
  const inside = Array.from({ length: picture.width * picture.height }, (_, i) => (picture.data[3 * i] ?? 0) >= 128);
  return maskOnGrid(inside, picture.width, grid);
}

interface Measured {
  readonly values: Map<string, readonly number[]>;
  readonly milliseconds: Record<string, number>;
  readonly problems: string[];
}

async function measureAll(trial: Trial, { metrics, steps, draws }: Plan, seed: number): Promise<Measured> {
  const measured: Measured = { values: new Map(), milliseconds: {}, problems: [] };
  for (const { name, measure } of metrics) {
    const started = performance.now();
    try {
      measured.values.set(name, await measure(trial, { steps, draws, seed }));
      measured.milliseconds[name] = rounded(performance.now() - started);
    } catch (error) {
      measured.problems.push(problemOf(error));
    }
  }
  return measured;
}

/** The message of an error that concerns this method or metric alone; others end the picture. */
function problemOf(error: unknown): string {
  if (error instanceof ExplanationError) return error.message;
  throw error;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** To microseconds. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
