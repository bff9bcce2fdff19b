/**
 * Lists the pictures to evaluate: image files, or the rows of a table with labels.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { EvaluationError, type EvaluationImage } from '@cdam/evaluation';
import { type ClassNames, findClass, type Picture } from '@cdam/vit';
import { CliError, describeError, systemCode } from '../errors.ts';
import { readPicture } from '../image-files.ts';

/** A picture that is not read yet. */
interface Row {
  /** Its name as it was typed or as the table has it. */
  readonly file: string;
  readonly path: string;
  /** The index of its class, where a table has it. */
  readonly label: number | undefined;
}

/** Options of `listImages`. */
export interface ListOptions {
  /** How many pictures to take. They are taken evenly from the whole list, since tables are often sorted by class. */
  readonly limit?: number | undefined;
  /** A folder with masks, each with the name of its picture and the extension .png. */
  readonly masks?: string | undefined;
}

/**
 * Lists pictures.
 *
 * @param inputs image files, or one .csv file with the column `file` (paths relative to the folder of the table) and, where labels are
 *   known, the column `label` (the index or the name of a class)
 * @throws CliError `usage` for a folder, and for a table that cannot be read or has no pictures; InputError `class` for a label that is not a class
 */
export async function listImages(
  inputs: readonly string[],
  names: ClassNames,
  { limit, masks }: ListOptions = {},
): Promise<EvaluationImage[]> {
  const [first] = inputs;
  const table = inputs.length === 1 && first?.toLowerCase().endsWith('.csv') ? first : undefined;
  if (table === undefined) await refuseFolders(inputs);
  const rows = table === undefined ? inputs.map((file) => ({ file, path: file, label: undefined })) : await rowsOfTable(table, names);
  const count = Math.min(limit ?? rows.length, rows.length);
  const chosen = Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]).filter((row) => row !== undefined);
  return chosen.map(({ file, path, label }, index) => {
    const mask = masks === undefined ? undefined : join(masks, `${basename(file, extname(file))}.png`);
    const readMask = mask === undefined ? undefined : (): Promise<Picture> => readImage(mask);
    return { index, file, label, read: () => readImage(path), readMask };
  });
}

/** A folder would be skipped as a picture that cannot be read, but whoever names one wants the pictures in it. */
async function refuseFolders(inputs: readonly string[]): Promise<void> {
  for (const path of inputs) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new CliError('usage', `${path} is a folder; give the image files in it, or a .csv that lists them`);
  }
}

/** Reads a picture, with the error for a picture that an evaluation skips. */
async function readImage(path: string): Promise<Picture> {
  return await readPicture(path).catch((cause: unknown) => {
    if (!(cause instanceof CliError) || cause.code !== 'image') throw cause;
    throw new EvaluationError('picture', describeError(cause), { cause });
  });
}

async function rowsOfTable(path: string, names: ClassNames): Promise<Row[]> {
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
    return { file, path: join(dirname(path), file), label: label === '' ? undefined : findClass(names, label) };
  });
}

/** Parses comma-separated values (RFC 4180). Quoted fields may hold commas, line breaks and doubled quotes. Empty lines are skipped. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // Each match is a field with the separator after it. A text without a final line break has an empty match at its end.
  for (const [, quoted, plain, end] of text.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
