/**
 * Compiles the kernels of the WebAssembly backend, src/wasm/assembly, into src/wasm/generated/binaries.ts, where they are inlined: once
 * for every engine with SIMD, once with relaxed SIMD. What TypeScript must know of the sources is read from them, so that nobody copies
 * it by hand: the parameters of every kernel, and the numbers of the functions in assembly/functions.ts. The results are committed, so
 * that a build and the tests need no compiler; `--check` writes nothing and says which of them is not what the sources give.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { readArguments } from '../../../scripts/lib/program.mjs';
import { kernelsOf, numberFunctions, switchSource, tablesSource } from './lib/assembly-tables.mjs';

const { values } = readArguments({
  command: 'node scripts/compile-wasm.mjs',
  summary: 'Compiles the kernels of the WebAssembly backend from src/wasm/assembly into src/wasm/generated/binaries.ts.',
  options: { check: { type: 'boolean', help: 'write nothing, and fail where the committed file is not what the sources give' } },
  examples: ['node scripts/compile-wasm.mjs', 'node scripts/compile-wasm.mjs --check'],
});

const folder = fileURLToPath(new URL('..', import.meta.url));
const assembly = 'src/wasm/assembly';

/** The module's own constants lie in the first page of the memory; the ring of commands begins at the second. */
const options = `-O3 --converge --noAssert --runtime stub --memoryBase 1024 --importMemory --noExportMemory --initialMemory 1
  --sharedMemory --maximumMemory 65536 --enable simd --enable threads --disableWarning 112`.split(/\s+/);

/** @typedef {import('./lib/assembly-tables.mjs').Kernel} Kernel */

/** Throws when assembly/index.ts exports more or fewer kernels than the files have. @param {Uint8Array} bytes @param {Kernel[]} kernels */
async function checkExports(bytes, kernels) {
  const exported = WebAssembly.Module.exports(await WebAssembly.compile(Uint8Array.from(bytes))).map(({ name }) => name);
  const missing = kernels.filter(({ name }) => !exported.includes(name)).map(({ name }) => name);
  const unknown = exported.filter((name) => !kernels.some((kernel) => kernel.name === name));
  if (missing.length > 0) throw new Error(`assembly/index.ts does not export ${missing.join(', ')}`);
  if (unknown.length > 0) throw new Error(`assembly/index.ts exports what has not the parameters of a kernel: ${unknown.join(', ')}`);
}

/** @param {string[]} extra */
async function compile(extra) {
  const args = ['src/wasm/assembly/index.ts', ...options, ...extra, '--outFile', 'kernels.wasm'];
  /** @type {Uint8Array | undefined} */
  let bytes;
  const { error, stderr } = await asc.main(args, {
    readFile: (name, base) => readFile(`${base}/${name}`, 'utf8').catch(() => null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') bytes = contents;
    },
    listFiles: () => null,
  });
  if (error || !bytes) throw new Error(`${error?.message ?? 'no module was written'}\n${stderr}`);
  return bytes;
}

/**
 * Where the limits of the imported memory begin: after the name of the module, `env`, that of the memory, and the kind 2.
 * @param {Uint8Array} bytes
 */
function limitsOf(bytes) {
  const text = Buffer.from(bytes).indexOf('\x03env\x06memory\x02');
  const at = text + 12;
  if (text < 0 || bytes[at] !== 3) throw new Error('the module does not import a shared memory');
  return at;
}

/** @param {string} name @param {Uint8Array} bytes */
function declaration(name, bytes) {
  const base64 = Buffer.from(bytes).toString('base64');
  return `export const ${name}: Binary = {\n  limitsAt: ${limitsOf(bytes)},\n  base64:\n    '${base64}',\n};\n`;
}

const header = `/**
 * The compiled kernels of ../assembly. Made by scripts/compile-wasm.mjs of this package, not by hand.
 */

/** A module, and where its bytes say that its memory is shared. */
export interface Binary {
  readonly base64: string;
  readonly limitsAt: number;
}
`;

/** @param {string} file @param {string} contents */
async function put(file, contents) {
  if (!values.check) {
    await writeFile(file, contents);
  } else if (contents !== (await readFile(file, 'utf8').catch(() => ''))) {
    console.error(`${file} is not what the sources give: run \`node scripts/compile-wasm.mjs\` in packages/kernels`);
    process.exitCode = 1;
  }
}

process.chdir(folder);
const names = (await readdir(assembly)).filter((name) => name.endsWith('.ts'));
const sources = await Promise.all(names.map((name) => readFile(`${assembly}/${name}`, 'utf8')));
const kernels = sources.flatMap(kernelsOf).sort((a, b) => (a.name < b.name ? -1 : 1));
const functions = numberFunctions(await readFile(`${assembly}/functions.ts`, 'utf8'));
await put(`${assembly}/generated/functions-by-number.ts`, switchSource(functions));
const [plain, relaxed] = [await compile([]), await compile(['--enable', 'relaxed-simd'])];
await checkExports(plain, kernels);
await put('src/wasm/generated/tables.ts', tablesSource(kernels, functions));
await put('src/wasm/generated/binaries.ts', [header, declaration('plain', plain), declaration('relaxed', relaxed)].join('\n'));
