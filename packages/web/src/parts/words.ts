/** Numbers and places in words, for captions and for screen readers. */
import type { From } from 'cdam';

/** A score with its sign and three digits: `+0.420`, `−1.2e-5`. The sign is always there, since colour must not be all that tells it. */
export function signed(score: number): string {
  const magnitude = Math.abs(score);
  const small = magnitude !== 0 && magnitude < 1e-3;
  const digits = small ? magnitude.toExponential(1) : magnitude >= 100 ? magnitude.toFixed(0) : magnitude.toPrecision(3);
  return `${score < 0 ? '−' : '+'}${digits}`;
}

/** A probability in per cent. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 99.95 && value < 100 ? '> 99.9' : value > 0 && value < 0.1 ? '< 0.1' : value.toFixed(1)} %`;
}

/** Where a patch is, counted from one. */
export function placeOf(patch: number, columns: number): string {
  return `row ${Math.floor(patch / columns) + 1}, column ${(patch % columns) + 1}`;
}

/** `1 patch`, `12 patches` */
export function patches(count: number): string {
  return `${count} ${count === 1 ? 'patch' : 'patches'}`;
}

/** The first of the names that a label lists. */
export function shortLabel(label: string): string {
  return label.split(',')[0] ?? label;
}

/** What the number is that is explained. */
export const FROM_WORDS: Readonly<Record<From, string>> = { logit: 'logit', 'log-odds': 'log-odds', probability: 'probability' };
