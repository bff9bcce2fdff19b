/**
 * Compiles the kernels of the WebAssembly backend, src/wasm/assembly, into src/wasm/generated/binaries.ts, where they are inlined: once
 * for every engine with SIMD, once with relaxed SIMD. The result is committed, so that a build and the tests need no compiler;
 * `--check` only says whether it is what the sources give.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { readArguments } from '../../../scripts/lib/program.mjs';

const { values } = readArguments({
  command: 'node scripts/compile-wasm.mjs',
  summary: 'Compiles the kernels of the WebAssembly backend from src/wasm/assembly into src/wasm/generated/binaries.ts.',
  options: { check: { type: 'boolean', help: 'write nothing, and fail where the committed file is not what the sources give' } },
  examples: ['node scripts/compile-wasm.mjs', 'node scripts/compile-wasm.mjs --check'],
});

const folder = fileURLToPath(new URL('..', import.meta.url));
const generated = new URL('../src/wasm/generated/binaries.ts', import.meta.url);

/** The module's own constants lie in the first page of the memory, of which the queue begins at the second. */
const options = `-O3 --converge --noAssert --runtime stub --memoryBase 1024 --importMemory --noExportMemory --initialMemory 1
  --sharedMemory --maximumMemory 65536 --enable simd --enable threads --disableWarning 112`.split(/\s+/);

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

process.chdir(folder);
const source = [header, declaration('plain', await compile([])), declaration('relaxed', await compile(['--enable', 'relaxed-simd']))].join(
  '\n',
);
if (!values.check) {
  await writeFile(generated, source);
} else if (source !== (await readFile(generated, 'utf8'))) {
  console.error('src/wasm/generated/binaries.ts is not what the sources give: run `node scripts/compile-wasm.mjs` in packages/kernels');
  process.exitCode = 1;
}
