/**
 * Reads concept files.
 */
import { readFile } from 'node:fs/promises';
import { type Concept, readConcept } from 'cdam';
import { CliError, systemCode } from './errors.ts';

/** Reads a concept. @throws CliError `usage` when the file cannot be read; as `readConcept` does when it is not a concept */
export async function readConceptFile(path: string): Promise<Concept> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const reason = systemCode(cause) === 'ENOENT' ? 'there is no such file' : `it cannot be read (${systemCode(cause) ?? String(cause)})`;
    throw new CliError('usage', `--concept ${path}: ${reason}; make one with cdam concept make`, { cause });
  });
  return readConcept(new Uint8Array(bytes));
}
