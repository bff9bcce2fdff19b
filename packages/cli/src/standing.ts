/**
 * Where a target stands in a picture: the numbers that a map divides among the patches, for captions, lines and JSON.
 */
import { type LatentTarget, type Prediction, predictionOf, type Similarity, type TokenMap, type View } from 'cdam';

/** How similar a picture is to a concept. */
export interface ConceptSimilarity {
  readonly kind: Similarity;
  readonly value: number;
}

/** Similarities by the names of concepts. */
export type Similarities = ReadonlyMap<string, ConceptSimilarity>;

/** What the model says of a target. */
export interface Standing {
  /** For a class. */
  readonly prediction?: Prediction | undefined;
  /** For a class against another: the prediction of the other. */
  readonly other?: Prediction | undefined;
  /** For a concept. */
  readonly similarity?: ConceptSimilarity | undefined;
}

/** The similarities of the picture of a view to concepts. */
export async function similaritiesOf(view: View, concepts: readonly LatentTarget[], kind: Similarity): Promise<Similarities> {
  const found = new Map<string, ConceptSimilarity>();
  for (const { name, score } of concepts) {
    using latent = view.latent();
    using similarity = score(latent);
    const [value = Number.NaN] = await similarity.data();
    found.set(name, { kind, value });
  }
  return found;
}

/** Where the target of a map stands. */
export function standingOf({ target }: Pick<TokenMap, 'target'>, predictions: readonly Prediction[], similarities: Similarities): Standing {
  if (target === undefined) return {};
  if (target.kind !== 'class') return { similarity: similarities.get(target.name) };
  const { versus } = target;
  return {
    prediction: predictionOf(target, predictions),
    other: versus === undefined ? undefined : predictions.find(({ index }) => index === versus),
  };
}

/** The numbers in words, such as `logit 7.83 - 7.95 = -0.12` or `cosine 0.31`; undefined where there are none. */
export function standingWords({ from }: Pick<TokenMap, 'from'>, { prediction, other, similarity }: Standing): string | undefined {
  if (similarity !== undefined) return `${similarity.kind} ${similarity.value.toPrecision(3)}`;
  if (prediction === undefined) return undefined;
  if (other === undefined) return `logit ${prediction.logit.toFixed(2)}`;
  if (from === 'probability') return `probability ${difference(prediction.probability, other.probability, 3)}`;
  const logits = [prediction.logit, other.logit] as const;
  return from === 'log-odds' ? `logits ${logits.map((logit) => logit.toFixed(2)).join(' and ')}` : `logit ${difference(...logits, 2)}`;
}

function difference(a: number, b: number, digits: number): string {
  const minus = b < 0 ? '+' : '-';
  return `${a.toFixed(digits)} ${minus} ${Math.abs(b).toFixed(digits)} = ${(a - b).toFixed(digits)}`;
}
