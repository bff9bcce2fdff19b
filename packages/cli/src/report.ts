/**
 * The output of `cdam explain`: JSON for programs and lines for people.
 */
import type { Checkpoint, WeightPrecision } from '@cdam/vit';
import type { Completeness, ErrorSpread, From, MapTarget, Parts, PartsBy, Prediction, Reduction, TokenMap } from 'cdam';
import { type ConceptSimilarity, type Standing, standingWords } from './standing.ts';

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
  /** For a concept, how similar the picture is to it: the number that the map divides among the patches. */
  readonly similarity?: ConceptSimilarity;
  /** The raw scores, one for each patch, row by row, with all digits of a 32-bit float. */
  readonly scores: readonly number[];
  /**
   * For Integrated Gradients, the variant `complete` of Integrated CDAM, and a ledger with parts: the sum of all that was scored, and what it
   * should be.
   */
  readonly completeness?: Completeness;
  /** For a ledger with `--by`: what each block or head read, and what was read of no patch. */
  readonly parts?: PartsReport;
}

/** The parts of a map: see `Parts` of the package cdam. Together they sum to `completeness.sum`. */
export interface PartsReport {
  readonly by: PartsBy;
  readonly shares: readonly {
    readonly block: number;
    /** With `--by head`. */
    readonly head?: number;
    /** One for each patch, row by row. */
    readonly scores: readonly number[];
    /** One for each prefix token, the class token first. */
    readonly prefix: readonly number[];
  }[];
  readonly embedding: number;
  readonly biases: {
    /** By block. */
    readonly projection: readonly number[];
    readonly mlp: readonly number[];
    readonly norm2: readonly number[];
    readonly finalNorm: number;
    readonly head: number;
  };
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
export function mapReport({ method, target, from, scores, completeness, parts }: TokenMap, { similarity }: Standing): MapReport {
  const about = { method, target: target ?? null, from: from ?? null };
  const known = { ...about, ...(similarity && { similarity }), scores: Array.from(scores) };
  return { ...known, ...(completeness && { completeness }), ...(parts && { parts: partsReport(parts) }) };
}

function partsReport({ by, shares, embedding, biases }: Parts): PartsReport {
  const { projection, mlp, norm2, ...single } = biases;
  return {
    by,
    shares: shares.map(({ block, head, scores, prefix }) => ({
      block,
      ...(head !== undefined && { head }),
      scores: Array.from(scores),
      prefix: Array.from(prefix),
    })),
    embedding,
    biases: { projection: Array.from(projection), mlp: Array.from(mlp), norm2: Array.from(norm2), ...single },
  };
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

/** The numbers of targets that no line of predictions shows, one line for each: a class against another, and a concept. */
export function standingLines(maps: readonly TokenMap[], standing: (map: TokenMap) => Standing): string[] {
  const lines = maps.flatMap((map) => {
    const { target } = map;
    const words = standingWords(map, standing(map));
    if (target === undefined || words === undefined) return [];
    if (target.kind === 'class') return target.versus === undefined ? [] : [`  ${target.label}: ${words}`];
    return [`  ${target.kind} ${target.name}: ${words}`];
  });
  return [...new Set(lines)];
}

/** The sum of the scores of a complete method as a line, with the gap between it and what it should be; parts have none but rounding. */
export function completenessLine(map: TokenMap, { sum, difference }: Completeness): string {
  const { method, target, parts } = map;
  const about = target === undefined ? method : `${method} of ${target.kind === 'class' ? target.label : target.name}`;
  if (parts !== undefined) return `  ${about}: all parts sum to ${sum.toPrecision(4)}; ${explainedBy(map)} is ${difference.toPrecision(4)}`;
  const gap = (100 * Math.abs(sum - difference)) / Math.abs(difference);
  return `  ${about}: all scores sum to ${sum.toPrecision(4)}; f(x) - f(0) is ${difference.toPrecision(4)} (gap ${gap.toPrecision(2)} %)`;
}

/** What the parts of a ledger account for. */
function explainedBy({ target, from }: TokenMap): string {
  if (target?.kind !== 'class') return 'its gradient times the latent';
  if (from === 'log-odds') return 'the logit less the weighted mean of the others';
  if (from === 'probability') return 'its gradient times the logits';
  if (target.versus !== undefined) return 'the difference of the logits';
  return target.against === true ? 'the logit with the other sign' : 'the logit';
}

/** The size of the file of a basis in words, such as `1.2 MB, of which the head is 0.8 MB`. */
export function basisSize({ bytes, headBytes }: { readonly bytes: Uint8Array; readonly headBytes: number }): string {
  const size = (count: number): string => (count >= 1e5 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e3).toFixed(1)} kB`);
  return headBytes === 0 ? size(bytes.length) : `${size(bytes.length)}, of which the head is ${size(headBytes)}`;
}

/** What a basis of reduced rank costs, as a line. */
export function reductionLine({ rank, energy, maps }: Reduction): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const spread = ({ median, worst }: ErrorSpread): string => `${percent(median)} (worst ${percent(worst)})`;
  const errors =
    maps &&
    `; error of class maps, of their largest score: ${spread(maps.logit)} from the logit, ${spread(maps['log-odds'])} from log-odds`;
  return `  basis of rank ${rank}: keeps ${percent(energy)} of the energy${errors ?? ''}`;
}
