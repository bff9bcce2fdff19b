/**
 * What an evaluation asks, and of which pictures.
 */
import type { Picture, WeightPrecision } from '@cdam/vit';
import type { MeasurementPlan } from 'cdam';

/** A picture of an evaluation. Whoever lists it says how its pixels are got: from a file, from a page, from memory. */
export interface EvaluationImage {
  /** Place in the whole list, whichever part of it is measured: seeds come from it. */
  readonly index: number;
  /** What it is called. */
  readonly file: string;
  /** Class index, where it is known. */
  readonly label: number | undefined;
  /** Throws EvaluationError `picture` for a picture that cannot be read: it is passed over. Any other error ends the evaluation. */
  readonly read: () => Promise<Picture>;
  /** A picture of the same size that is light where the object is; undefined without masks. Throws as `read` does. */
  readonly readMask?: (() => Promise<Picture>) | undefined;
}

/** What is asked of every picture. */
export interface EvaluationPlan extends MeasurementPlan {
  /** The class that is explained: the predicted one, or the label where there is one. */
  readonly target: 'predicted' | 'label';
  /** How the model keeps its weights: the numbers depend on it. */
  readonly weights: WeightPrecision;
  readonly steps: number;
  readonly draws: number;
  readonly seed: number;
}
