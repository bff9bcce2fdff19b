/**
 * Where the answers come from. The element asks questions of a picture and does not know who answers them: a file that holds all answers, or a
 * worker with a model. Answers are promises for that reason.
 */
import type { Framing } from '@cdam/vit';
import type { ClassScheme, ClassTarget, From, Prediction, RegionEvidence, RegionQuestion, TokenMap } from 'cdam';

/** All that can be asked about one picture. */
export interface ExplanationSource {
  /** What made the maps, and of which model: a sentence for the caption. */
  readonly about: SourceFacts;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  readonly classes: ClassScheme;
  /** How the photo was laid into the input; undefined where nobody knows. */
  readonly framing: Framing | undefined;
  /** All classes, the most probable first. */
  readonly predictions: readonly Prediction[];
  /** The map of a class. */
  map(target: ClassTarget, from: From): Promise<TokenMap>;
  /** The classes that patches speak for and against. */
  classesOf(patches: readonly number[], question: RegionQuestion): Promise<RegionEvidence>;
}

/** What is known of a source beside its answers. */
export interface SourceFacts {
  readonly method: string;
  readonly model: string;
  /** For a file of reduced rank: its rank, and the median error of the maps of all classes as a share of their largest score. */
  readonly reduced: { readonly rank: number; readonly error: number | undefined } | undefined;
}
