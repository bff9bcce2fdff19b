/**
 * The settings of an evaluation: all that its numbers depend on. They are kept beside the numbers, so that what was measured with
 * other settings is never mixed in.
 */
import type { VisionTransformer, WeightPrecision } from '@cdam/vit';
import { EvaluationError } from './errors.ts';
import { areStrings, isObject, parseJson } from './json.ts';
import type { EvaluationImage, EvaluationPlan } from './plan.ts';

export interface Settings {
  readonly version: 2;
  readonly model: string;
  /** Of the weights. */
  readonly fingerprint: string;
  /** How weights are kept. */
  readonly weights: WeightPrecision;
  /** Pixels that the model sees, and how pictures are brought to them. */
  readonly input: string;
  /** The class that is explained: the predicted one, or the label. */
  readonly target: 'predicted' | 'label';
  readonly methods: readonly string[];
  readonly metrics: readonly string[];
  /** Masks were given. */
  readonly masks: boolean;
  /** Parts that patches are removed in. */
  readonly steps: number;
  /** Random boxes or sets. */
  readonly draws: number;
  readonly seed: number;
  /** Pictures in the whole list, and a digest of their names and labels. */
  readonly images: number;
  readonly digest: string;
}

/**
 * The settings of an evaluation that is to begin.
 *
 * @param images all of them, of all parts
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
 * Settings from the text that they were kept as.
 *
 * @param file what a message calls it
 * @throws EvaluationError `settings` for text that is no such thing
 */
export function parseSettings(text: string, file: string): Settings {
  const settings = parseJson(text);
  if (isSettings(settings)) return settings;
  const what = isObject(settings) && settings.version === 1 ? 'of another version of this program' : 'not of an evaluation';
  throw new EvaluationError('settings', `${file} is ${what}; choose another folder`);
}

/** The text to keep them as. */
export function serialiseSettings(settings: Settings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/**
 * Compares settings.
 *
 * @param folder what a message calls the place of the known ones
 * @throws EvaluationError `settings`, with what differs, where numbers of one evaluation would be mixed with those of another
 */
export function checkSameSettings(known: Settings, wanted: Settings, folder: string): void {
  const valuesOfKnown = new Map<string, unknown>(Object.entries(known));
  const different = Object.entries(wanted).filter(([key, value]) => JSON.stringify(valuesOfKnown.get(key)) !== JSON.stringify(value));
  if (different.length === 0) return;
  const what = new Set(different.map(([key]) => (key === 'digest' || key === 'images' ? 'pictures' : key)));
  throw new EvaluationError(
    'settings',
    `${folder} holds an evaluation of other ${[...what].join(' and ')}; choose another folder, or remove it to begin anew`,
  );
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
