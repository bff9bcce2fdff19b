/**
 * Reads and writes text files, with errors that say what to do.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EvaluationError } from '../errors.ts';

/** The code of a failed system call, such as `ENOENT`; for other errors their text. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);
}

/** The text of a file; undefined when there is no such file. @throws EvaluationError `folder` when it cannot be read */
export async function readOptional(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    if (reasonOf(cause) === 'ENOENT') return undefined;
    throw new EvaluationError('folder', `${path} cannot be read (${reasonOf(cause)}); choose another folder`, { cause });
  });
}

/** Writes a file, and makes its folder. @throws EvaluationError `output` when that is not possible */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Adds text to the end of a file. @throws EvaluationError `output` when that is not possible */
export async function appendText(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

function unwritable(path: string, cause: unknown): EvaluationError {
  return new EvaluationError('output', `cannot write ${path} (${reasonOf(cause)}); choose another place`, { cause });
}
