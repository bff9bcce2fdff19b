/** What is asked: attributes as they were written, read with the classes that there are. */
import { findClass } from '@cdam/vit';
import { type ClassTarget, type From, findTarget, fromsOf, type Prediction, pairTarget } from 'cdam';
import { CdamMapError } from './errors.ts';
import { percent, shortLabel, signed } from './parts/words.ts';
import type { ExplanationSource } from './sources/source.ts';

/** What the attributes ask. */
export interface Asked {
  readonly target: string | null;
  readonly against: string | null;
  readonly from: string;
}

/** A question that can be answered. */
export interface Question {
  readonly target: ClassTarget;
  readonly from: From;
  /** The class that is explained, in words: `espresso`, or `espresso rather than cup`. */
  readonly phrase: string;
  /** What the model says about the class: its probability, or its logit where there is none. */
  readonly prediction: string;
}

/**
 * Reads a question. Without a target it is about the most probable class.
 * @throws CdamMapError `target` where there are no classes, or no such number of them; InputError and ExplanationError for a class that does not exist
 */
export function questionOf({ classes, predictions }: ExplanationSource, { target, against, from }: Asked): Question {
  const [best] = predictions;
  if (best === undefined) throw new CdamMapError('target', 'The basis has no classes, so there is none to explain.');
  const froms: readonly string[] = fromsOf(classes);
  // Log-odds of independent classes are their logits.
  const number = from === 'log-odds' && !classes.regression ? from : froms.find((each) => each === from);
  if (number === undefined)
    throw new CdamMapError('target', `Nothing is explained from ${JSON.stringify(from)}; from can be ${froms.join(', ')}.`);
  const own = target === null ? findTarget(classes, String(best.index)) : findTarget(classes, target);
  const other = against === null ? undefined : findTarget(classes, against);
  return {
    target: other === undefined ? own : pairTarget(classes, own.index, other.index),
    from: number as From,
    phrase: `${shortLabel(own.label)}${other === undefined ? '' : ` rather than ${shortLabel(other.label)}`}`,
    prediction: predictionOf(
      predictions.find(({ index }) => index === own.index),
      own.against === true,
      froms.length > 1,
    ),
  };
}

function predictionOf(found: Prediction | undefined, otherSide: boolean, probable: boolean): string {
  if (found === undefined) return '';
  const sign = otherSide ? -1 : 1;
  return probable ? percent(otherSide ? 1 - found.probability : found.probability) : signed(sign * found.logit);
}

/** A text that names a class and no other: its label, or its index where the label is also that of another. */
export function nameOf({ classes, predictions }: ExplanationSource, index: number | undefined): string | null {
  if (index === undefined) return null;
  const label = predictions.find((each) => each.index === index)?.label ?? '';
  try {
    return findClass(classes, label) === index ? label : String(index);
  } catch {
    return String(index);
  }
}
