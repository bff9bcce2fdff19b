/**
 * What an evaluation measures, and in which pictures.
 */
import type { Picture, WeightPrecision } from '@cdam/vit';
import type { MeasurementPlan } from 'cdam';

/** A picture of an evaluation. Its pixels may come from a file, from a page or from memory. */
export interface EvaluationImage {
  /** Its index in the list of all pictures, from which its seed is made. */
  readonly index: number;
  /** Its name in records and messages. */
  readonly file: string;
  /** The index of its class, where it is known. */
  readonly label: number | undefined;
  /** Reads the pixels. A picture for which it throws EvaluationError `picture` is skipped; any other error ends the evaluation. */
  readonly read: () => Promise<Picture>;
  /** Reads a picture of the same size that is light where the object is; undefined without masks. Throws as `read` does. */
  readonly readMask?: (() => Promise<Picture>) | undefined;
}

/** What is measured in every picture. */
export interface EvaluationPlan extends MeasurementPlan {
  /** Which class is explained: the predicted one, or the label where there is one. */
  readonly target: 'predicted' | 'label';
  /** The precision of the model's weights, on which the numbers depend. */
  readonly weights: WeightPrecision;
  /** In how many steps all patches are removed. */
  readonly steps: number;
  /** How many random regions there are. */
  readonly draws: number;
  /** Seed of all random numbers. */
  readonly seed: number;
}
