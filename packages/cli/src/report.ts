/**
 * What `explain` says about its pictures: as JSON for programs, and as lines for people.
 */
import type { Checkpoint, WeightPrecision } from '@cdam/vit';
import type { Completeness, From, MapTarget, Prediction, TokenMap } from 'cdam';

/** The JSON of `explain --json`. */
export interface Report {
  readonly version: 1;
  readonly model: ModelReport;
  /** `weights`: the precision that they are kept in. */
  readonly backend: { readonly name: string; readonly adapter: string; readonly weights: WeightPrecision };
  readonly images: readonly ImageReport[];
}

export interface ModelReport {
  readonly name: string;
  readonly architecture: string;
  /** Number of weights in the checkpoint. */
  readonly parameters: number;
  readonly classes: number;
  /** Side of a patch in pixels; [height, width] where patches are not square. */
  readonly patch: number | readonly [number, number];
  readonly prefixTokens: number;
}

export interface ImageReport {
  /** As it was given. */
  readonly file: string;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  /** The five best, best first. */
  readonly predictions: readonly PredictionReport[];
  readonly maps: readonly MapReport[];
  readonly milliseconds: Milliseconds;
}

export interface PredictionReport {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  readonly probability: number;
}

export interface MapReport {
  readonly method: TokenMap['method'];
  /** null for a map that is of no class, such as the attention map. */
  readonly target: MapTarget | null;
  readonly from: From | null;
  /** One per patch, row by row: raw, signed, every digit of the 32-bit float. */
  readonly scores: readonly number[];
  /** Of a complete method: what the scores of all tokens sum to, and what it should be. */
  readonly completeness?: Completeness;
}

/** `preprocess`: from the file to the input; `backbone`: from the input to the predictions; `maps`: all of them. */
export interface Milliseconds {
  readonly preprocess: number;
  readonly backbone: number;
  readonly maps: number;
}

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

export function mapReport({ method, target, from, scores, completeness }: TokenMap): MapReport {
  const known = { method, target: target ?? null, from: from ?? null, scores: Array.from(scores) };
  return completeness === undefined ? known : { ...known, completeness };
}

/** `5.7 M` */
export function countOf(parameters: number): string {
  if (parameters >= 1e6) return `${(parameters / 1e6).toFixed(1)} M`;
  return parameters >= 1e3 ? `${(parameters / 1e3).toFixed(1)} k` : String(parameters);
}

/** `62.1 %  430  basketball`, right-aligned. */
export function predictionLine({ index, label, probability }: Prediction): string {
  return `  ${(100 * probability).toFixed(1).padStart(5)} %  ${String(index).padStart(4)}  ${label}`;
}

/** What a complete method's scores add up to. */
export function completenessLine({ method, target }: TokenMap, { sum, difference }: Completeness): string {
  const about = target === undefined ? '' : ` of ${target.kind === 'class' ? target.label : target.name}`;
  return `  ${method}${about}: all tokens sum to ${sum.toPrecision(4)}; f(tokens) - f(0) is ${difference.toPrecision(4)}`;
}
