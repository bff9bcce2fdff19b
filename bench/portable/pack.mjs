/**
 * `pnpm bench:portable`: packs Node, Dawn, the Vulkan loader and the benchmark into one archive, which runs on an x86-64 Linux machine that
 * has only an NVIDIA driver:
 *
 *     tar xzf cdam-bench.tar.gz && cdam-bench/run.sh
 *
 * The archive holds the Node that runs this script, so run it on Linux x64.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { readArguments } from '../../scripts/lib/program.mjs';
import { driverEnvironment } from '../../scripts/webgpu-driver.mjs';
import { programs } from '../programs.mjs';

const folder = import.meta.dirname;
const benchFolder = join(folder, '..');
const target = join(benchFolder, 'dist/cdam-bench');
const archive = join(benchFolder, 'dist/cdam-bench.tar.gz');
const MOST_BYTES = 60 * 2 ** 20;

/** The path of a shared library that Node needs, as the dynamic loader of this machine finds it. */
function libraryOfNode(/** @type {string} */ name) {
  const { stdout } = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
  return new RegExp(`${name.replaceAll(/[.+]/g, '\\$&')} => (\\S+)`).exec(stdout)?.[1];
}

async function bundle() {
  await build({
    absWorkingDir: benchFolder,
    entryPoints: [join(folder, 'main.ts')],
    outfile: join(target, 'main.js'),
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    external: ['webgpu'],
    logLevel: 'error',
  });
  // With it Node reads main.js as a module.
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }\n');
}

function copyDawn() {
  const dawn = realpathSync(join(benchFolder, 'node_modules/webgpu'));
  const place = join(target, 'node_modules/webgpu');
  mkdirSync(place, { recursive: true });
  for (const file of ['package.json', 'index.js']) copyFileSync(join(dawn, file), join(place, file));
  for (const file of ['LICENSE', 'LICENSE.md']) if (existsSync(join(dawn, file))) copyFileSync(join(dawn, file), join(place, file));
  cpSync(join(dawn, 'dist/linux-x64'), join(place, 'dist/linux-x64'), { recursive: true });
}

/** Copies the Vulkan loader, which the SwiftShader of the tests includes, and the C++ library of this machine. */
async function copyLibraries() {
  process.env.CDAM_TEST_DRIVER = 'swiftshader';
  const { VK_ICD_FILENAMES: manifest = '' } = await driverEnvironment();
  for (const name of ['lib', 'lib-fallback']) mkdirSync(join(target, name), { recursive: true });
  copyFileSync(join(dirname(manifest), 'libvulkan.so.1'), join(target, 'lib/libvulkan.so.1'));
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const library = libraryOfNode(name);
    if (library) copyFileSync(realpathSync(library), join(target, 'lib-fallback', name));
  }
  const driver = { file_format_version: '1.0.0', ICD: { library_path: 'libGLX_nvidia.so.0', api_version: '1.3.0' } };
  writeFileSync(join(target, 'nvidia_icd.json'), `${JSON.stringify(driver, null, 1)}\n`);
}

readArguments(programs.portable);
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('bench:portable: the archive holds the Node that packs it, so pack it on Linux x64');
  process.exit(2);
}
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
await bundle();
copyDawn();
await copyLibraries();
copyFileSync(process.execPath, join(target, 'node'));
for (const script of [join(folder, 'pytorch_cuda.py'), join(benchFolder, 'peers/pytorch_cdam.py')])
  cpSync(script, join(target, script.split('/').at(-1) ?? ''));
copyFileSync(join(folder, 'run.sh'), join(target, 'run.sh'));
for (const program of ['run.sh', 'node']) chmodSync(join(target, program), 0o755);
const { status } = spawnSync('tar', ['-czf', archive, '-C', dirname(target), 'cdam-bench'], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
const { size } = statSync(archive);
console.log(`bench/dist/cdam-bench.tar.gz: ${(size / 2 ** 20).toFixed(1)} MiB`);
if (size > MOST_BYTES) {
  console.error(`bench:portable: the archive is larger than ${MOST_BYTES / 2 ** 20} MiB`);
  process.exit(1);
}
