/**
 * Builds every package into its `dist`: esbuild bundles the modules that package.json exports, TypeScript writes their declarations.
 *
 * An entry is an export with a `source`; its bundle goes where `default` points. Bare imports stay imports, so a package carries
 * nothing of another one and nothing is decided here for Node or for browsers. The entries of a package share their common code in
 * chunks: a class that both export is one class. The packages are built in the order of their dependencies, because declarations
 * are checked against the built declarations of the others, as a user of the packages sees them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { recordBuild } from './lib/build-state.mjs';
import { readArguments } from './lib/program.mjs';
import { writeCdnFile, writeIntegrity, writeManifest } from './lib/web.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ folder: string, name: string, dependencies: string[], entries: { in: string, out: string }[] }} Package */

/**
 * @param {string} folder
 * @returns {Package}
 */
function readPackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.values(manifest.exports ?? {}).flatMap((target) =>
    target.source ? [{ in: join(folder, target.source), out: relative('dist', target.default).replace(/\.js$/, '') }] : [],
  );
  return { folder, name: manifest.name, dependencies: Object.keys(manifest.dependencies ?? {}), entries };
}

/**
 * Dependencies before those that need them.
 * @param {Package[]} packages
 */
function inOrder(packages) {
  const byName = new Map(packages.map((entry) => [entry.name, entry]));
  /** @type {Set<Package>} */
  const ordered = new Set();
  /** @type {(entry: Package, path: string[]) => void} */
  const visit = (entry, path) => {
    if (path.includes(entry.name)) throw new Error(`packages depend on each other in a circle: ${[...path, entry.name].join(' -> ')}`);
    for (const name of entry.dependencies) {
      const dependency = byName.get(name);
      if (dependency) visit(dependency, [...path, entry.name]);
    }
    ordered.add(entry);
  };
  for (const entry of packages) visit(entry, []);
  return [...ordered];
}

/**
 * Shaders become text. Their comments are a tenth of what a page would load, and stay behind; slots are comments that the program reads.
 * Lines keep their numbers, which the compiler's messages name.
 * @type {import('esbuild').Plugin}
 */
const wgslAsText = {
  name: 'wgsl-as-text',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.wgsl$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replace(/[ \t]*\/\/(?!#).*$/gm, '').replace(/^[ \t]+/gm, ''), loader: 'text' };
    }),
};

/**
 * @param {string} folder
 * @param {{ in: string, out: string }[]} entries
 */
async function bundle(folder, entries) {
  const { metafile } = await build({
    entryPoints: entries,
    outdir: join(folder, 'dist'),
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    packages: 'external',
    plugins: [wgslAsText],
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/** @param {string} folder */
function declare(folder) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${relative(root, folder)}: no declarations, see the errors above`);
}

/** The training script and its like: programs of the repository, run from `models/dist`. */
async function buildModels() {
  const folder = join(root, 'models');
  const source = join(folder, 'src');
  const files = existsSync(source) ? readdirSync(source) : [];
  const entries = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  if (entries.length === 0) return;
  await rm(join(folder, 'dist'), { recursive: true, force: true });
  const outputs = entries.map((file) => ({ in: join(source, file), out: basename(file, '.ts') }));
  recordBuild('models', await bundle(folder, outputs));
}

/** What `@cdam/web` has beside its modules: the manifest of its element, and one file for pages that install nothing. */
async function finishWeb() {
  const { bytes, integrity } = await writeCdnFile();
  await writeManifest();
  const changed = await writeIntegrity(integrity);
  console.log(`one file for a CDN: packages/web/dist/cdam-map.min.js, ${bytes} bytes`);
  if (changed) console.log('packages/web/README.md has its new integrity line: commit it');
}

async function buildPackages() {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  for (const { folder, name, entries } of inOrder(folders.map(readPackage))) {
    const started = performance.now();
    await rm(join(folder, 'dist'), { recursive: true, force: true });
    const metafile = await bundle(folder, entries);
    declare(folder);
    recordBuild(`packages/${basename(folder)}`, metafile);
    console.log(`${name.padEnd(16)} packages/${basename(folder)}/dist  ${Math.round(performance.now() - started)} ms`);
  }
}

readArguments({
  command: 'npm run build',
  summary: 'Builds every package into its dist: bundles of the modules that package.json exports, and their declarations.',
  examples: ['npm run build'],
});
try {
  await buildPackages();
  await finishWeb();
  await buildModels();
} catch (error) {
  // esbuild and TypeScript have printed what is wrong in the sources.
  console.error(`build failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  process.exitCode = 1;
}
