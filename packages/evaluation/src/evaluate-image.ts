/**
 * Evaluates one picture: chooses the class to explain, measures all methods by all metrics, and makes the record.
 */
import { labelOf, preprocess, type VisionTransformer } from '@cdam/vit';
import { findMethod, keepFor, look, type Metric, maskOnGrid, measureMethods, type View } from 'cdam';
import type { Companions } from './companions.ts';
import type { EvaluationImage, EvaluationPlan } from './plan.ts';
import type { ImageRecord } from './records.ts';

/** A picture that was measured. */
export interface EvaluatedImage {
  readonly record: ImageRecord;
  /** Raw scores by the label of the method, [patches] each. */
  readonly maps: ReadonlyMap<string, Float32Array>;
  readonly view: View;
}

/**
 * Measures a picture. When a method gives no map, or when something is missing that a metric needs, the record has nulls and a reason.
 *
 * @param watch is called with each method and each metric before it begins
 * @returns the record, the maps and the view, which the caller disposes
 * @throws EvaluationError `picture` for a picture or a mask that cannot be read
 */
export async function evaluateImage(
  vit: VisionTransformer,
  image: EvaluationImage,
  plan: EvaluationPlan,
  companions: Companions,
  watch?: (name: string) => void,
): Promise<EvaluatedImage> {
  const { index, file, label = null, readMask } = image;
  const picture = await image.read();
  const started = performance.now();
  const view = look(vit, picture, { keep: keepFor(plan.methods.map(({ name }) => findMethod(name))) });
  try {
    const [best] = await view.predictions(1);
    const looked = Math.round((performance.now() - started) * 1000) / 1000;
    const predicted = best?.index ?? 0;
    const target = plan.target === 'label' ? (label ?? predicted) : predicted;
    const needs = (what: Metric['needs']): boolean => plan.metrics.some((metric) => metric.needs === what);
    const trial = {
      view,
      target,
      companions: needs('pictures of other classes') ? await companions.find(index, target) : undefined,
      mask: needs('a mask') && readMask !== undefined ? await maskOf(readMask, view) : undefined,
    };
    const { maps, values, milliseconds, problems } = await measureMethods(trial, { ...plan, seed: plan.seed + index }, watch);
    const backend = `${vit.backend.name} (${vit.backend.adapter})`;
    const times = { look: looked, ...milliseconds };
    const targetLabel = labelOf(vit.config, target);
    return { record: { index, file, backend, target, targetLabel, predicted, label, values, milliseconds: times, problems }, maps, view };
  } catch (error) {
    view.dispose();
    throw error;
  }
}

/** The mask on the grid of patches. The mask is resized and cropped as its picture is, and pixels of at least half white are inside. */
async function maskOf(readMask: NonNullable<EvaluationImage['readMask']>, { vit, grid }: View): Promise<Float32Array> {
  const { picture } = preprocess(await readMask(), vit.config);
  const inside = Array.from({ length: picture.width * picture.height }, (_, i) => (picture.data[3 * i] ?? 0) >= 128);
  return maskOnGrid(inside, picture.width, grid);
}
