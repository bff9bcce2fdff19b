/**
 * Installs the packages that only the benchmarks need, bundles a benchmark, and starts it with the chosen WebGPU driver (see
 * scripts/webgpu-driver.mjs):
 *
 *     node bench/run.mjs <main | scaling | portable> [options]
 *
 * The packages have to be built; `pnpm bench` does that first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { readArguments, refuse } from '../scripts/lib/program.mjs';
import { driverEnvironment } from '../scripts/webgpu-driver.mjs';
import { programs } from './programs.mjs';

const folder = import.meta.dirname;
const root = join(folder, '..');
const entries = { main: 'src/main.ts', scaling: 'scaling/main.ts' };
const names = Object.keys(programs);
const given = process.argv.slice(2);
const [name = '', ...argv] = given[0] === undefined || given[0].startsWith('-') ? ['', ...given] : given;

/** @type {import('../scripts/lib/program.d.mts').Program} */
const program = {
  command: 'node bench/run.mjs',
  summary: 'Installs what only the benchmarks need and starts one of them on the WebGPU driver that CDAM_TEST_DRIVER names.',
  positionals: { name: '<benchmark>', help: `${names.join(', ')}; each has options of its own, listed by its --help`, least: 1 },
  examples: names.flatMap((each) => [`node bench/run.mjs ${each} --help`]),
};

/** Ends the process where the command line asks for help or is wrong, before anything is installed. */
function checkArguments() {
  const chosen = Object.entries(programs).find(([each]) => each === name)?.[1];
  if (name === '') readArguments(program, argv);
  else if (chosen === undefined) refuse(program, `there is no benchmark ${name}`);
  else readArguments(chosen, argv);
}

/** @param {string} command @param {string[]} args @param {Record<string, string>} [environment] */
function run(command, args, environment = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...environment } });
  if (status === 0) return;
  if (status === null) console.error(`bench: ${args[0]} was ended by ${signal ?? error?.message}`);
  process.exit(status ?? 1);
}

/** Bundles the programs for Node. Packages stay imports, so the built and installed packages are measured. */
async function bundleForNode() {
  await build({
    absWorkingDir: root,
    entryPoints: [...Object.values(entries), 'src/hosts/node-host.ts'].map((file) => ({
      in: join(folder, file),
      out: file === 'src/main.ts' ? 'main' : file.replace(/^src\/hosts\/|\/main|\.ts$/g, ''),
    })),
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    external: [join(root, 'scripts/webgpu-driver.mjs')],
    logLevel: 'warning',
  });
}

async function bundleForPage() {
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: join(folder, 'src/hosts/page-host.ts'), out: 'page-host' },
      // Our workers are started from a file beside the bundle.
      { in: join(folder, 'node_modules/@cdam/kernels/dist/wasm-worker.js'), out: 'wasm-worker' },
    ],
    outdir: join(folder, 'dist/page'),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    logLevel: 'error',
  });
}

/** @param {string} program @param {Record<string, string>} environment */
function start(program, environment) {
  run(process.execPath, [join(folder, program), ...argv], environment);
}

checkArguments();
if (!existsSync(join(folder, 'node_modules'))) run('npx', ['--yes', 'pnpm@10.34.8', 'install', '--frozen-lockfile']);
if (name === 'portable') start('portable/pack.mjs', {});
else {
  await bundleForNode();
  await bundleForPage();
  start(`dist/${name}.js`, await driverEnvironment());
}
