/**
 * The output of `cdam explain`: JSON for programs and lines for people.
 */
import type { Checkpoint, WeightPrecision } from '@cdam/vit';
import type { Completeness, From, MapTarget, Prediction, TokenMap } from 'cdam';

/** The JSON of `cdam explain --json`. */
export interface Report {
  /** The version of this format. */
  readonly version: 1;
  readonly model: ModelReport;
  /** What computed, and the precision of the weights. */
  readonly backend: { readonly name: string; readonly adapter: string; readonly weights: WeightPrecision };
  readonly images: readonly ImageReport[];
}

/** The model. */
export interface ModelReport {
  readonly name: string;
  readonly architecture: string;
  /** How many numbers the weights have in all. */
  readonly parameters: number;
  /** Number of classes. */
  readonly classes: number;
  /** The side of a patch in pixels; [height, width] where patches are not square. */
  readonly patch: number | readonly [number, number];
  readonly prefixTokens: number;
}

/** One picture. */
export interface ImageReport {
  /** The path that was typed. */
  readonly file: string;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  /** The five classes with the highest logits, best first. */
  readonly predictions: readonly PredictionReport[];
  readonly maps: readonly MapReport[];
  readonly milliseconds: Milliseconds;
}

/** One of the predicted classes. */
export interface PredictionReport {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  readonly probability: number;
}

/** One map. */
export interface MapReport {
  readonly method: TokenMap['method'];
  /** What the map is about; null for a method that does not depend on the class, such as attention. */
  readonly target: MapTarget | null;
  /** Whether the logit or the probability was explained; null for other targets and for methods without the choice. */
  readonly from: From | null;
  /** The raw scores, one for each patch, row by row, with all digits of a 32-bit float. */
  readonly scores: readonly number[];
  /** For Integrated Gradients and the variant `complete` of Integrated CDAM: the sum of all scores, and what it should be. */
  readonly completeness?: Completeness;
}

/** The times of one explanation. */
export interface Milliseconds {
  /** From the file to the input. */
  readonly preprocess: number;
  /** From the input to the predictions. */
  readonly backbone: number;
  /** For all maps together. */
  readonly maps: number;
}

/** The part of the JSON about the model. */
export function modelReport({ config, parameters }: Checkpoint): ModelReport {
  const { name, architecture, classes, patchHeight, patchWidth, prefixTokens } = config;
  return {
    name,
    architecture,
    parameters,
    classes,
    patch: patchHeight === patchWidth ? patchHeight : [patchHeight, patchWidth],
    prefixTokens,
  };
}

/** The part of the JSON about a map. */
export function mapReport({ method, target, from, scores, completeness }: TokenMap): MapReport {
  const known = { method, target: target ?? null, from: from ?? null, scores: Array.from(scores) };
  return completeness === undefined ? known : { ...known, completeness };
}

/** A number of parameters as text, such as `5.7 M`. */
export function countOf(parameters: number): string {
  if (parameters >= 1e6) return `${(parameters / 1e6).toFixed(1)} M`;
  return parameters >= 1e3 ? `${(parameters / 1e3).toFixed(1)} k` : String(parameters);
}

/** A prediction as a line, such as `62.1 %  430  basketball`. */
export function predictionLine({ index, label, probability }: Prediction): string {
  return `  ${(100 * probability).toFixed(1).padStart(5)} %  ${String(index).padStart(4)}  ${label}`;
}

/** The sum of the scores of a complete method as a line, with the gap between it and what it should be. */
export function completenessLine({ method, target }: TokenMap, { sum, difference }: Completeness): string {
  const about = target === undefined ? '' : ` of ${target.kind === 'class' ? target.label : target.name}`;
  const gap = (100 * Math.abs(sum - difference)) / Math.abs(difference);
  return `  ${method}${about}: all scores sum to ${sum.toPrecision(4)}; f(x) - f(0) is ${difference.toPrecision(4)} (gap ${gap.toPrecision(2)} %)`;
}
