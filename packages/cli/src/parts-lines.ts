/**
 * The parts of a ledger as a table for people: what each block read, or the heads that say most, and how everything adds up.
 */
import { type Parts, type Share, totalsOf } from 'cdam';

/** How many heads are listed; there may be hundreds. */
const LISTED_HEADS = 10;
const COLUMN = 9;

/** The table, line by line. */
export function partsLines(parts: Parts): string[] {
  const rows = parts.by === 'block' ? blockRows(parts) : headRows(parts);
  const totals = totalsOf(parts);
  const [classToken = 0, ...others] = totals.prefix;
  const terms: [string, number][] = [
    ['patches', totals.patches],
    ['class token', classToken],
    ...(others.length === 0 ? [] : [['other prefix tokens', sumOf(others)] as [string, number]]),
    ['embedding', totals.embedding],
    ['biases', totals.biases],
  ];
  const added = terms.map(([name, value]) => `${name} ${signed(value)}`).join(', ');
  return [...rows.map((row) => `  ${row}`), `    together ${added}: ${signed(totals.sum)}`];
}

function blockRows({ shares, biases }: Parts): string[] {
  const { mlp, norm2, projection } = biases;
  const rows = shares.map((share) => {
    const bias = (mlp[share.block] ?? 0) + (norm2[share.block] ?? 0) + (projection[share.block] ?? 0);
    return `${`block ${share.block}`.padEnd(10)}${cell(patchesOf(share))}${cell(sumOf(share.prefix))}${cell(bias)}`;
  });
  return [`${''.padEnd(10)}${['patches', 'prefix', 'biases'].map((name) => name.padStart(COLUMN)).join('')}`, ...rows];
}

function headRows({ shares }: Parts): string[] {
  const strongest = shares.toSorted((a, b) => Math.abs(patchesOf(b)) - Math.abs(patchesOf(a))).slice(0, LISTED_HEADS);
  const rows = strongest.map(
    (share) => `${`block ${share.block}, head ${share.head}`.padEnd(20)}${cell(patchesOf(share))}${cell(sumOf(share.prefix))}`,
  );
  const title = shares.length > rows.length ? `${rows.length} of ${shares.length} heads` : '';
  return [`${title.padEnd(20)}${['patches', 'prefix'].map((name) => name.padStart(COLUMN)).join('')}`, ...rows];
}

/** What a share read of all patches together. */
export function patchesOf({ scores }: Share): number {
  return sumOf(scores);
}

/** A number with its sign, such as `+0.42`. */
export function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
}

function cell(value: number): string {
  return signed(value).padStart(COLUMN);
}

function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}
