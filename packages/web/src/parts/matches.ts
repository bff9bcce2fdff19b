/** Finds classes by what a person types. */
import type { Prediction } from 'cdam';

/**
 * The classes whose labels have all words of a text as beginnings of words, then those that have the text anywhere; of equal rank in the given order.
 */
export function matching(classes: readonly Prediction[], text: string): readonly Prediction[] {
  const wanted = plain(text);
  if (wanted === '') return classes;
  const words = wanted.split(' ');
  const ranks: Prediction[][] = [[], [], []];
  for (const each of classes) {
    const label = plain(each.label);
    const begins = words.every((word) => ` ${label}`.includes(` ${word}`));
    const rank = label.startsWith(wanted) ? 0 : begins ? 1 : label.includes(wanted) ? 2 : undefined;
    if (rank !== undefined) ranks[rank]?.push(each);
  }
  return ranks.flat();
}

/** Lower case, without accents and punctuation. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
