/**
 * Which tests a word means: `npm test -- <word>`. A part of a test file's path chooses these files. The name of a source, such as an
 * operation or a kernel, chooses the tests that say its name, in all packages that have a source of that name: what tests `layer-norm` are
 * cases of suites that run over every operation, so no file could be named.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const TEST_FOLDERS = ['packages', 'models/src', 'tests', 'bench/src'];
const SOURCE_FOLDERS = ['packages', 'models/src'];
const NOT_OURS = new Set(['node_modules', 'dist', 'golden', 'assets', '.cache']);

/**
 * What vitest is started with, once for each: parts of paths, or the word that tests say, as a pattern, and files that were chosen already.
 * @typedef {{ filters: string[], word?: string, name?: string, exclude?: string[] }} Choice
 */

/**
 * @param {string} root
 * @param {string} folder relative to the root
 * @returns {string[]} relative to the root, with slashes; folders end in one
 */
function walk(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NOT_OURS.has(entry.name) || entry.name.startsWith('.') ? [] : [`${path}/`, ...walk(root, path)];
  });
}

/** A path as vitest compares it: relative, with slashes, without the number of a line. @param {string} word */
function pathOf(word) {
  return word.replaceAll('\\', '/').replace(/^\.\//, '').replace(/:\d+$/, '');
}

/**
 * A regular expression, as text, for a name however it is spelled: layer-norm, layerNorm, "layer norm".
 * @param {string} word
 */
function anySpelling(word) {
  const parts = word.split(/[-_ ]|(?<=[a-z])(?=[A-Z])/).map((part) =>
    Array.from(part, (letter) => {
      const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
      return lower === upper ? letter.replace(/[^\w]/, '\\$&') : `[${lower}${upper}]`;
    }).join(''),
  );
  return parts.join('[-_ ]?');
}

/** The package, or other folder with tests of its own, that a source lies in. @param {string} path */
function homeOf(path) {
  return path.startsWith('packages/') ? path.split('/').slice(0, 2).join('/') : 'models';
}

/** @param {string} path */
function stem(path) {
  return basename(path).replace(/(\.d)?\.\w+$/, '');
}

/**
 * What to start vitest with for the words of a command line.
 * @param {string} root
 * @param {readonly string[]} words
 * @returns {{ choices: Choice[], unknown: string[] }} `unknown` are the words that nothing is named by
 */
export function chooseTests(root, words) {
  const tests = TEST_FOLDERS.flatMap((folder) => walk(root, folder)).filter((path) => path.endsWith('.test.ts'));
  const sources = SOURCE_FOLDERS.flatMap((folder) => walk(root, folder)).filter(
    (path) => /\.(ts|wgsl)$/.test(path) && !path.endsWith('.test.ts'),
  );
  /** @type {string[]} */
  const filters = [];
  /** @type {Choice[]} */
  const named = [];
  /** @type {string[]} */
  const unknown = [];
  for (const word of words) {
    const path = pathOf(word);
    const files = tests.filter((test) => test.includes(path));
    if (files.length > 0) filters.push(word);
    const pattern = anySpelling(word);
    const homes = sources.filter((source) => new RegExp(`^${pattern}$`).test(stem(source))).map((source) => `${homeOf(source)}/`);
    if (homes.length > 0) named.push({ filters: [...new Set(homes)], word, name: pattern, exclude: files });
    if (files.length === 0 && homes.length === 0) unknown.push(word);
  }
  return { choices: [...(filters.length > 0 ? [{ filters }] : []), ...named], unknown };
}
