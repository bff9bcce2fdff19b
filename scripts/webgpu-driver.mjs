/**
 * A WebGPU driver and a browser for the tests, on a machine that has neither: unpacked, once, from the development dependency
 * `@sparticuz/chromium` into `.cache/`. It carries, for Linux x64, a headless Chromium with the libraries and fonts it lacks on
 * a bare machine, and SwiftShader, a Vulkan driver that computes on the processor, with the Vulkan loader.
 *
 * `CDAM_TEST_DRIVER` chooses what Dawn, the WebGPU of Node, computes on:
 *   swiftshader           the unpacked one; what is taken on Linux x64 when nothing is said
 *   lavapipe              Mesa's software driver, as the system has it (Mesa 25 or newer): several times faster
 *   a path ending .json   the Vulkan driver which that ICD manifest names
 *   system                whatever the system offers, a real GPU for instance; what is taken elsewhere when nothing is said
 * `CDAM_TEST_BROWSER` names a Chromium to be started instead of the unpacked one, which always computes on SwiftShader. Where none is
 * unpacked the system's Chrome, Chromium or Edge is taken.
 *
 * Where nothing was chosen and a machine other than Linux x64 has no adapter, or no browser, the tests that need one are skipped and say so.
 *
 * The dynamic loader reads `LD_LIBRARY_PATH` when a process starts: the variables have no effect on the process that sets them,
 * only on those it starts.
 */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress } from 'node:zlib';

/** @typedef {Record<string, string | undefined>} Environment */

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const chromiumPackage = join(root, 'node_modules/@sparticuz/chromium');
const unbrotli = promisify(brotliDecompress);
const unpackable = process.platform === 'linux' && process.arch === 'x64';

const icdFolders = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d'];
const lavapipeManifests = ['lvp_icd.json', 'lvp_icd.x86_64.json', 'lvp_icd.aarch64.json'];
const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/lib64', '/usr/lib64', '/usr/lib', '/usr/local/lib'];

const { ProgramFiles = '', 'ProgramFiles(x86)': programFiles86 = '', LOCALAPPDATA = '' } = process.env;
/** @type {Partial<Record<NodeJS.Platform, string[]>>} */
const browsers = {
  darwin: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`),
  linux: ['google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge'].map((name) => `/usr/bin/${name}`),
  win32: ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].flatMap((path) =>
    [ProgramFiles, programFiles86, LOCALAPPDATA].filter((folder) => folder !== '').map((folder) => join(folder, path)),
  ),
};

/** The one that is unpacked looks for its fonts elsewhere. Without any, a page with a field for text crashes. */
const fontconfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/**
 * The driver that the tests compute on: what `CDAM_TEST_DRIVER` says, or what is taken when it says nothing.
 * @returns {string}
 */
export function driverName() {
  return process.env.CDAM_TEST_DRIVER || (unpackable ? 'swiftshader' : 'system');
}

/**
 * The variables, beside those of this process, that a process has to be started with to compute on the chosen driver.
 * @returns {Promise<Record<string, string>>}
 */
export async function driverEnvironment() {
  const driver = driverName();
  if (driver === 'system') return {};
  if (driver === 'swiftshader') {
    const folder = await swiftshaderFolder();
    return { VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: searchPath(folder) };
  }
  const manifest = driver === 'lavapipe' ? findLavapipe() : driver;
  if (!manifest.endsWith('.json') || !existsSync(manifest)) {
    throw new Error(`CDAM_TEST_DRIVER=${driver}: give swiftshader, lavapipe, system or the path of a Vulkan ICD manifest (.json)`);
  }
  const hasLoader = libraryFolders.some((folder) => existsSync(join(folder, 'libvulkan.so.1')));
  if (hasLoader || !unpackable) return { VK_ICD_FILENAMES: manifest };
  return { VK_ICD_FILENAMES: manifest, LD_LIBRARY_PATH: searchPath(await swiftshaderFolder()) };
}

/**
 * Why the tests of WebGPU in Node cannot run here. A driver that was chosen, or that this repository brings, has to work: without an
 * adapter its tests fail.
 * @returns {Promise<string | undefined>} undefined where they can
 */
export async function missingAdapter() {
  if (driverName() !== 'system' || process.env.CDAM_TEST_DRIVER) return undefined;
  const dawn = pathToFileURL(createRequire(join(root, 'packages/kernels/package.json')).resolve('webgpu')).href;
  const script = `const { create } = await import('${dawn}'); const gpu = create([]); process.exit((await gpu.requestAdapter()) ? 0 : 1);`;
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
    return undefined;
  } catch {
    return `WebGPU has no adapter on ${process.platform} ${process.arch}`;
  }
}

/** @returns {string | undefined} */
function installedBrowser() {
  return process.env.CDAM_TEST_BROWSER || (unpackable ? undefined : browsers[process.platform]?.find((path) => existsSync(path)));
}

/**
 * Why the tests in a browser cannot run here.
 * @returns {string | undefined} undefined where they can
 */
export function missingBrowser() {
  if (unpackable || installedBrowser() !== undefined) return undefined;
  return `there is no Chrome, Chromium or Edge on ${process.platform} ${process.arch}; CDAM_TEST_BROWSER may name one`;
}

/**
 * The headless Chromium for the tests, and the environment it has to be started with.
 * @returns {Promise<{ executable: string, environment: Record<string, string> }>}
 */
export async function chromium() {
  const chosen = installedBrowser();
  if (chosen) return { executable: chosen, environment: definedOnly(process.env) };
  const folder = await unpackOnce('browser', async (target) => {
    await pipeline(
      createReadStream(join(chromiumPackage, 'bin/chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(target, 'chromium')),
    );
    await chmod(join(target, 'chromium'), 0o755);
    // Chromium looks for its own SwiftShader beside its executable.
    for (const archive of ['swiftshader', 'al2023', 'fonts']) await unpackArchive(archive, target);
    await writeFile(join(target, 'fonts.conf'), fontconfig);
  });
  const { VK_ICD_FILENAMES: _driverOfNode, ...inherited } = definedOnly(process.env);
  return {
    executable: join(folder, 'chromium'),
    environment: { ...inherited, LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_PATH: folder, HOME: folder },
  };
}

function swiftshaderFolder() {
  return unpackOnce('swiftshader', (target) => unpackArchive('swiftshader', target));
}

function findLavapipe() {
  const candidates = icdFolders.flatMap((folder) => lavapipeManifests.map((file) => join(folder, file)));
  const found = candidates.find((file) => existsSync(file));
  if (!found) throw new Error(`CDAM_TEST_DRIVER=lavapipe: no lvp_icd.json in ${icdFolders.join(', ')}; install Mesa's Vulkan drivers`);
  return found;
}

/** @param {string} folder */
function searchPath(folder) {
  const given = (process.env.LD_LIBRARY_PATH ?? '').split(delimiter).filter((entry) => entry !== '' && entry !== folder);
  return [folder, ...given].join(delimiter);
}

/**
 * @param {Environment} environment
 * @returns {Record<string, string>}
 */
function definedOnly(environment) {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Fills a folder of the cache unless it is there. It is filled under another name first, so that one that is there is whole, and
 * processes that start at the same time do not disturb each other.
 * @param {string} name
 * @param {(target: string) => Promise<void>} fill
 */
async function unpackOnce(name, fill) {
  if (!unpackable) {
    throw new Error(
      `there is no ${name} to unpack for ${process.platform} ${process.arch}: set CDAM_TEST_DRIVER=system, CDAM_TEST_BROWSER`,
    );
  }
  const { version } = JSON.parse(readFileSync(join(chromiumPackage, 'package.json'), 'utf8'));
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const target = await mkdtemp(join(cache, `${name}-unpacking-`));
  try {
    await fill(target);
    await rename(target, folder);
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/**
 * @param {string} name
 * @param {string} target
 */
async function unpackArchive(name, target) {
  const bytes = await unbrotli(await readFile(join(chromiumPackage, `bin/${name}.tar.br`)));
  for (const entry of readTar(bytes)) {
    const path = join(target, entry.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, entry.bytes, { mode: entry.mode });
  }
}

/**
 * The files of a tar archive in the ustar layout: blocks of 512 bytes, a header before each file, numbers in octal digits.
 * @param {Buffer} bytes
 */
function* readTar(bytes) {
  /** @type {(from: number, length: number) => string} */
  const text = (from, length) => bytes.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const path = join(text(at + 345, 155), text(at, 100));
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    if (path.startsWith('..') || !['', '0', '5'].includes(type)) throw new Error(`tar: cannot unpack entry ${path} of type '${type}'`);
    const start = at + 512;
    if (type !== '5') yield { path, mode: Number.parseInt(text(at + 100, 8), 8), bytes: bytes.subarray(start, start + size) };
    at = start + Math.ceil(size / 512) * 512;
  }
}
