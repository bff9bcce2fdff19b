/**
 * Installs the packages that only the benchmarks need, bundles a benchmark, and starts it with the chosen WebGPU driver (see
 * scripts/webgpu-driver.mjs):
 *
 *     node bench/run.mjs [main | scaling | portable] [options]
 *
 * The packages have to be built; `pnpm bench` does that first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { driverEnvironment } from '../scripts/webgpu-driver.mjs';

const folder = import.meta.dirname;
const root = join(folder, '..');
const programs = { main: 'src/main.ts', scaling: 'scaling/main.ts' };
const [name = 'main', ...argv] = process.argv.slice(2);

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
    entryPoints: [...Object.values(programs), 'src/hosts/node-host.ts'].map((file) => ({
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

if (!existsSync(join(folder, 'node_modules'))) run('npx', ['--yes', 'pnpm@10.34.8', 'install', '--frozen-lockfile']);
if (name === 'portable') start('portable/pack.mjs', {});
else if (name in programs) {
  await bundleForNode();
  await bundleForPage();
  start(`dist/${name}.js`, await driverEnvironment());
} else {
  console.error(`bench: there is no benchmark ${name}; there are ${Object.keys(programs).join(', ')} and portable`);
  process.exitCode = 2;
}
