/**
 * Whether what the build made is of the sources as they are now. The tests read sources, save those that start the command line, a
 * worker, or what is packed: run on an old build these would fail for reasons that nobody sees. The build writes down a digest of the
 * sources of every package, and of what went into every bundle, in `.cache/build.json`; times of files would not survive a checkout.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ inputs: string[], digest: string }} Made a folder's inputs are looked up, those of a bundle are kept */
/** @typedef {import('esbuild').Metafile} Metafile */

const root = fileURLToPath(new URL('../..', import.meta.url));
const record = join(root, '.cache/build.json');

/** A file that is gone has a digest too: that of nothing. @param {readonly string[]} files relative to the root */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const path = join(root, file);
    hash.update(`${file}\0`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

/**
 * Everything that `dist` of a package is made from: its sources without their tests, and its manifest.
 * @param {string} folder relative to the root
 * @returns {string[]}
 */
function sourcesOf(folder) {
  const names = readdirSync(join(root, folder, 'src'), { recursive: true, withFileTypes: true });
  const sources = names.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
  const paths = sources.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length));
  return [`${folder}/package.json`, ...paths.map((path) => path.replaceAll('\\', '/')).sort()];
}

/** @returns {Record<string, Made>} */
function readRecord() {
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
}

/**
 * The sources that went into a bundle and into the chunks that it imports.
 * @param {Metafile} metafile
 * @param {string} output
 * @param {Set<string>} seen
 * @returns {string[]}
 */
function inputsOf(metafile, output, seen = new Set()) {
  if (seen.has(output)) return [];
  seen.add(output);
  const { inputs = {}, imports = [] } = metafile.outputs[output] ?? {};
  const chunks = imports.filter(({ external }) => !external).flatMap(({ path }) => inputsOf(metafile, path, seen));
  return [...new Set([...Object.keys(inputs), ...chunks])].sort();
}

/**
 * Writes down what was built: a package, and each bundle of it.
 * @param {string} folder relative to the root
 * @param {Metafile} metafile with paths relative to that folder
 */
export function recordBuild(folder, metafile) {
  const made = readRecord();
  const sources = sourcesOf(folder);
  made[`${folder}/dist`] = { inputs: [], digest: digestOf(sources) };
  for (const output of Object.keys(metafile.outputs).filter((name) => name.endsWith('.js'))) {
    const inputs = inputsOf(metafile, output).map((input) => `${folder}/${input}`);
    made[`${folder}/${output}`] = { inputs, digest: digestOf(inputs) };
  }
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, `${JSON.stringify(made, null, 1)}\n`);
}

/** The folders that the build makes. @returns {string[]} relative to the root */
export function builtFolders() {
  return [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/dist`), 'models/dist'];
}

/** @param {string} path @param {Made | undefined} made */
function isCurrent(path, made) {
  if (made === undefined) return false;
  // A source that is new to a package changes its list, which a bundle's list cannot know.
  const inputs = path.endsWith('/dist') ? sourcesOf(path.slice(0, -'/dist'.length)) : made.inputs;
  return digestOf(inputs) === made.digest;
}

/**
 * Says in one sentence that something which the build makes is missing or of other sources, and what to do.
 * @param {readonly string[]} paths folders or bundles, relative to the root; all folders that the build makes unless given
 * @returns {string | undefined} undefined where all is current
 */
export function staleness(paths = builtFolders()) {
  const made = readRecord();
  for (const path of paths) {
    const trouble = !existsSync(join(root, path)) ? 'is missing' : isCurrent(path, made[path]) ? undefined : 'is older than its sources';
    if (trouble !== undefined) return `${path} ${trouble}, and this test starts what the build makes: run \`npm run build\`.`;
  }
  return undefined;
}
