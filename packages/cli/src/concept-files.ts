/**
 * Concept files on disk.
 */
import { readFile } from 'node:fs/promises';
import { type Concept, readConcept } from 'cdam';
import { CliError, systemCode } from './errors.ts';

/** @throws CliError `usage` when the file cannot be read; ExplanationError or CheckpointError when it is no concept */
export async function readConceptFile(path: string): Promise<Concept> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const reason = systemCode(cause) === 'ENOENT' ? 'there is no such file' : `it cannot be read (${systemCode(cause) ?? String(cause)})`;
    throw new CliError('usage', `--concept ${path}: ${reason}; make one with cdam concept make`, { cause });
  });
  return readConcept(new Uint8Array(bytes));
}
