/**
 * Finds the class that a person means who types its index, its identifier, its label or one of its synonyms.
 */
import type { VitConfig } from './config.ts';
import { InputError } from './errors.ts';

/** The part of a VitConfig that names classes. */
export type ClassNames = Pick<VitConfig, 'classes' | 'labels' | 'labelNames'>;

/** The name of a class to show to people: its label, else its identifier, else `class 7`. */
export function labelOf(names: ClassNames, index: number): string {
  return names.labels?.[index] ?? names.labelNames?.[index] ?? `class ${index}`;
}

/**
 * The index of the class that `text` means. It may be, in this order and in upper or lower case: an index, an identifier (`n02799071`),
 * a whole label (`sports car, sport car`), or one synonym of a label (`sport car`).
 * @throws InputError `class`, with the nearest labels when there is no such class, or with the indices when several classes have the name.
 */
export function findClass(names: ClassNames, text: string): number {
  const wanted = normal(text);
  if (names.classes === 0) throw new InputError('class', `class: the model has no head and so no class ${JSON.stringify(text)}`);
  if (/^\d+$/.test(wanted)) {
    const index = Number(wanted);
    if (index < names.classes) return index;
    throw new InputError('class', `class: there is no class ${wanted}; the model has ${names.classes}, from 0 to ${names.classes - 1}`);
  }
  const labels = names.labels ?? [];
  const ways: readonly (readonly (readonly string[])[])[] = [
    (names.labelNames ?? []).map((name) => [normal(name)]),
    labels.map((label) => [normal(label)]),
    labels.map((label) => label.split(',').map(normal)),
  ];
  for (const way of ways) {
    const hits = way.flatMap((forms, index) => (forms.includes(wanted) ? [index] : []));
    if (hits.length > 1) {
      const list = hits.map((index) => `${index} (${labelOf(names, index)})`).join(', ');
      throw new InputError('class', `class: ${JSON.stringify(text)} is the name of several classes: ${list}; give the index`);
    }
    if (hits[0] !== undefined) return hits[0];
  }
  throw unknown(names, text);
}

/** The labels most like `text`, most like first. A label is compared as a whole, by its synonyms and by their words. */
export function nearestLabels(names: ClassNames, text: string, most = 3): string[] {
  const wanted = normal(text);
  const all = names.labels ?? names.labelNames ?? [];
  const scored = all.map((label) => ({ label, score: Math.min(...formsOf(label).map((form) => unlikeness(wanted, form))) }));
  scored.sort((a, b) => a.score - b.score);
  return [...new Set(scored.filter(({ score }) => score < 0.6).map(({ label }) => label))].slice(0, most);
}

/** The whole label, its synonyms and their words, so that `elefant` finds `African elephant, Loxodonta africana`. */
function formsOf(label: string): string[] {
  const synonyms = label.split(',').map(normal);
  return [...new Set([normal(label), ...synonyms, ...synonyms.flatMap((synonym) => synonym.split(' '))])];
}

function unknown(names: ClassNames, text: string): InputError {
  if (names.labels === undefined && names.labelNames === undefined) {
    return new InputError(
      'class',
      `class: ${JSON.stringify(text)} is not an index, and the checkpoint has no labels; give an index from 0 to ${names.classes - 1}`,
    );
  }
  const near = nearestLabels(names, text);
  const advice =
    near.length > 0
      ? `the nearest labels are ${near.map((label) => JSON.stringify(label)).join(', ')}`
      : 'no label is similar; give an index instead';
  return new InputError('class', `class: there is no class ${JSON.stringify(text)}; ${advice}`);
}

function normal(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');
}

/** From 0 for equal texts to 1 for texts with nothing in common. A text that is part of the other is like it, more so the longer it is. */
function unlikeness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length, 1);
  const byEdits = editDistance(a, b) / longest;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const byPart = short.length >= 3 && long.includes(short) ? 0.5 * (1 - short.length / longest) + 0.05 : 1;
  return Math.min(byEdits, byPart);
}

/** The fewest insertions, deletions and replacements of a character that turn a into b (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
