/**
 * The settings of an evaluation: everything that its numbers depend on. They are written beside the records, so that numbers of different
 * settings are never mixed.
 */
import type { VisionTransformer, WeightPrecision } from '@cdam/vit';
import { EvaluationError } from './errors.ts';
import { areStrings, isObject, tryParseJson } from './json.ts';
import type { EvaluationImage, EvaluationPlan } from './plan.ts';

/** The settings as they are written in JSON. */
export interface Settings {
  /** The version of this format. */
  readonly version: 2;
  /** The name of the model. */
  readonly model: string;
  /** The fingerprint of its weights. */
  readonly fingerprint: string;
  /** The precision of its weights. */
  readonly weights: WeightPrecision;
  /** The input size in pixels, and the fit of pictures to it. */
  readonly input: string;
  /** Which class is explained: the predicted one, or the label where there is one. */
  readonly target: 'predicted' | 'label';
  /** The labels of the methods. */
  readonly methods: readonly string[];
  /** The names of the metrics. */
  readonly metrics: readonly string[];
  /** True when there are masks. */
  readonly masks: boolean;
  /** In how many steps all patches are removed. */
  readonly steps: number;
  /** How many random regions there are. */
  readonly draws: number;
  /** Seed of all random numbers. */
  readonly seed: number;
  /** How many pictures there are in all parts. */
  readonly images: number;
  /** SHA-256 of the names and labels of all pictures, in hexadecimal digits. */
  readonly digest: string;
}

/**
 * The settings of a new evaluation.
 *
 * @param images the pictures of all parts
 */
export async function settingsOf(vit: VisionTransformer, plan: EvaluationPlan, images: readonly EvaluationImage[]): Promise<Settings> {
  const names = images.map(({ file, label }) => `${file} ${label ?? ''}`).join('\n');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(names)));
  return {
    version: 2,
    model: vit.config.name,
    fingerprint: await vit.fingerprint(),
    weights: plan.weights,
    input: `${vit.config.inputWidth}×${vit.config.inputHeight}, ${vit.config.preprocessing.fit}`,
    target: plan.target,
    methods: plan.methods.map(({ label }) => label),
    metrics: plan.metrics.map(({ name }) => name),
    masks: images.some(({ readMask }) => readMask !== undefined),
    steps: plan.steps,
    draws: plan.draws,
    seed: plan.seed,
    images: images.length,
    digest: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}

/**
 * Reads settings from their text.
 *
 * @param file the name of the text in messages
 * @throws EvaluationError `settings` for another text
 */
export function parseSettings(text: string, file: string): Settings {
  const settings = tryParseJson(text);
  if (isSettings(settings)) return settings;
  const what = isObject(settings) && settings.version === 1 ? 'from another version of this program' : 'not from an evaluation';
  throw new EvaluationError('settings', `${file} is ${what}; choose another folder`);
}

/** Settings as a text for a file. */
export function serialiseSettings(settings: Settings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** What says which columns and rows the table has. No number in it depends on them. */
const TABLE: readonly string[] = ['methods', 'metrics', 'masks'];

/**
 * Checks that two settings are the same, so that their numbers may be used together.
 *
 * @param folder the name of the place of the known ones in messages
 * @param what `all` of them, or what each `number` depends on, which leaves out the methods and metrics that are measured beside it
 * @throws EvaluationError `settings`, with what differs
 */
export function checkSameSettings(known: Settings, wanted: Settings, folder: string, what: 'all' | 'number' = 'all'): void {
  const valuesOfKnown = new Map<string, unknown>(Object.entries(known));
  const different = Object.entries(wanted).filter(
    ([key, value]) => (what === 'all' || !TABLE.includes(key)) && JSON.stringify(valuesOfKnown.get(key)) !== JSON.stringify(value),
  );
  if (different.length === 0) return;
  const names = new Set(different.map(([key]) => (key === 'digest' || key === 'images' ? 'pictures' : key)));
  throw new EvaluationError(
    'settings',
    `${folder} holds an evaluation of other ${[...names].join(' and ')}; choose another folder, or remove it to begin again`,
  );
}

/** Checks that the method that others are compared with is measured. @throws EvaluationError `settings` with all labels when it is not */
export function checkBaseline(label: string, { methods }: Pick<Settings, 'methods'>): void {
  if (methods.includes(label)) return;
  throw new EvaluationError('settings', `the baseline ${label} is not among the methods; choose one of ${methods.join(', ')}`);
}

function isSettings(value: unknown): value is Settings {
  if (!isObject(value)) return false;
  const { version, methods, metrics, model, fingerprint, weights, input, digest } = value;
  const { steps, draws, seed, images, target, masks } = value;
  return (
    version === 2 &&
    (weights === 'f32' || weights === 'f16') &&
    [methods, metrics, [model, fingerprint, input, digest]].every(areStrings) &&
    [steps, draws, seed, images].every((count) => Number.isSafeInteger(count)) &&
    (target === 'predicted' || target === 'label') &&
    typeof masks === 'boolean'
  );
}
