/**
 * The version of this package, and the paths of its command and of the bundled model.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

function manifestPath(): string {
  return createRequire(import.meta.url).resolve('@cdam/cli/package.json');
}

/** The version in package.json. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(manifestPath(), 'utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}

/**
 * The folder of the bundled model: a packed package carries a copy of the one that the repository has in `models`. The repository's comes
 * first, as a copy lies beside it for the moment in which a package is packed.
 */
export function bundledModel(): string {
  const folder = dirname(manifestPath());
  const own = join(folder, '../../models/bundled');
  return existsSync(own) ? own : join(folder, 'assets/bundled');
}

/** What people have to know who gave no model. */
export const TOY =
  'note     this is the bundled model, a toy that knows ten kinds of clothes in mosaics and nothing else; --model takes one of yours';

/** The path of the script of the command `cdam`. */
export function commandPath(): string {
  return join(dirname(manifestPath()), 'bin/cdam.js');
}
