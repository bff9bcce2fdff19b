/**
 * Which pictures a benchmark is over: files as they were named, or those of a table with their labels.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ClassNames, findClass } from '@cdam/vit';
import { CliError, systemCode } from '../errors.ts';

export interface BenchImage {
  /** Place in the whole list, whichever part of it is measured: seeds come from it. */
  readonly index: number;
  /** As it was given. */
  readonly file: string;
  readonly path: string;
  /** Class index, where a table gave one. */
  readonly label: number | undefined;
}

/**
 * Lists pictures.
 *
 * @param inputs image files, or one .csv with the columns `file` (from the table's own folder) and, if known, `label` (a class index or
 *   a name)
 * @param limit takes so many, evenly from the whole list: tables are often sorted by class
 * @throws CliError `usage` for a table that cannot be read or has no pictures; InputError `class` for a label that is no class
 */
export async function listImages(inputs: readonly string[], names: ClassNames, limit?: number): Promise<BenchImage[]> {
  const [first] = inputs;
  const all =
    inputs.length === 1 && first?.toLowerCase().endsWith('.csv')
      ? await imagesOfTable(first, names)
      : inputs.map((file, index) => ({ index, file, path: file, label: undefined }));
  if (limit === undefined || limit >= all.length) return all;
  return Array.from({ length: limit }, (_, i) => all[Math.floor((i * all.length) / limit)]).flatMap((image, index) =>
    image === undefined ? [] : { ...image, index },
  );
}

async function imagesOfTable(path: string, names: ClassNames): Promise<BenchImage[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('usage', `${path} cannot be read (${systemCode(cause) ?? String(cause)}); give a table or image files`, { cause });
  });
  const [header = [], ...rows] = parseCsv(text);
  const [fileColumn, labelColumn] = [header.indexOf('file'), header.indexOf('label')];
  if (fileColumn < 0) throw new CliError('usage', `${path} has no column "file", but ${header.map((name) => `"${name}"`).join(', ')}`);
  if (rows.length === 0) throw new CliError('usage', `${path} names no pictures`);
  return rows.map((row, index) => {
    const file = row[fileColumn] ?? '';
    if (file === '') throw new CliError('usage', `${path}: row ${index + 2} names no file`);
    const label = labelColumn < 0 ? '' : (row[labelColumn] ?? '');
    return { index, file, path: join(dirname(path), file), label: label === '' ? undefined : findClass(names, label) };
  });
}

/** Comma-separated values after RFC 4180: fields in quotes may hold commas, line breaks and doubled quotes. Empty lines are left out. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // A field with the separator behind it; the last match of a text without a final line break is an empty field at its end.
  for (const [, quoted, plain, end] of text.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
