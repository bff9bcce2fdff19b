/**
 * Text in files, with errors that say what to do.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EvaluationError } from '../errors.ts';

/** The code of a failed system call, such as `ENOENT`; else what was thrown, as text. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);
}

/** undefined where there is no such file. @throws EvaluationError `folder` for one that cannot be read */
export async function readOptional(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    if (reasonOf(cause) === 'ENOENT') return undefined;
    throw new EvaluationError('folder', `${path} cannot be read (${reasonOf(cause)}); choose another folder`, { cause });
  });
}

/** Writes a file, and makes the folder it belongs in. @throws EvaluationError `output` when that is not possible */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Writes behind what stands in a file. @throws EvaluationError `output` when that is not possible */
export async function appendText(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

function unwritable(path: string, cause: unknown): EvaluationError {
  return new EvaluationError('output', `cannot write ${path} (${reasonOf(cause)}); choose another place`, { cause });
}
