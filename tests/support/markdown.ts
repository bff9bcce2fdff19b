/** What tests read in documents: their blocks of code, their links, and what their examples say that they print. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The blocks of code in a language. */
export function blocksOf(document: string, language: string): string[] {
  return Array.from(document.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, found, code = '']) => (found === language ? [code] : [])).flat();
}

/** The paths that a document links to, without those on the web and without anchors. */
export function linksOf(document: string): string[] {
  return Array.from(document.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, path = '']) => path);
}

/** What an example says that it prints: comments behind console.log, and lines of `// prints`. Anything, where there are none. */
export function printedAsSaid(code: string): unknown {
  const lines = Array.from(code.matchAll(/(?:console\.log\(.*\); \/\/|^\/\/ prints) (.+)$/gm), ([, line]) => `${line}\n`);
  return lines.length === 0 ? expect.stringMatching(/\S/) : lines.join('');
}

/** What an example prints when it is run as it stands, in the root of the repository. */
export async function printedBy(code: string): Promise<string> {
  const folder = await mkdtemp(join(root, 'tests', '.example-'));
  try {
    await writeFile(join(folder, 'example.mjs'), code);
    return (await promisify(execFile)(process.execPath, [join(folder, 'example.mjs')], { cwd: root })).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
