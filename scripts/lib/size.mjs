/**
 * How much a page loads: small programs that use the packages, bundled as a page would be, from what the build made.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build } from 'esbuild';

/** @typedef {{ minified: number, gzip: number, brotli: number }} Size */
/** @typedef {{ program: string, what: string, worker: boolean, budget: number }} Budget */

const root = fileURLToPath(new URL('../..', import.meta.url));
const worker = join(root, 'packages/kernels/dist/wasm-worker.js');

/**
 * The programs, and how many bytes of gzip each may have: what was measured, and three in a hundred more. The element's budget is what a page
 * of text may spend on one picture.
 *
 * Explaining pictures without WebAssembly is over 40 kB: the WebGPU backend with its shaders is the largest part, then checkpoints of several
 * libraries with checks of every key and shape, preprocessing and the forward pass, then views, maps and rendering, and tensors with their
 * gradients and checks. What could still go are the messages that say which value is wrong and what to do, and they stay.
 * @type {readonly Budget[]}
 */
export const budgets = [
  { program: 'tensor-webgpu', what: '`tensor` and the WebGPU backend', worker: false, budget: 32_900 },
  { program: 'vit-cdam', what: '`vit` and `cdam` on top', worker: false, budget: 58_200 },
  { program: 'with-wasm', what: 'and the WebAssembly backend with its worker', worker: true, budget: 81_200 },
  { program: 'element', what: 'the element `<cdam-map>` with a basis, without an engine', worker: false, budget: 25_000 },
];

/**
 * @param {string} file
 * @returns {Promise<Uint8Array>}
 */
async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

/**
 * Bytes of a program, and of the worker's script where it starts one: they are loaded, and so compressed, one by one.
 * @param {Budget} budget
 * @returns {Promise<Size>}
 */
async function sizeOf({ program, worker: starts }) {
  const scripts = await Promise.all([join(root, `tests/size/${program}.ts`), ...(starts ? [worker] : [])].map(bundle));
  const total = { minified: 0, gzip: 0, brotli: 0 };
  for (const script of scripts) {
    total.minified += script.length;
    total.gzip += (await promisify(gzip)(script, { level: 9 })).length;
    total.brotli += (await promisify(brotliCompress)(script)).length;
  }
  return total;
}

/** @param {number} bytes */
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

/** @returns {Promise<Size[]>} in the order of the budgets */
export function measureSizes() {
  return Promise.all(budgets.map(sizeOf));
}

/**
 * The text of docs/size.md.
 * @param {readonly Size[]} sizes in the order of the budgets
 */
export function sizePage(sizes) {
  const rows = budgets.map(({ what, program, budget }, i) => {
    const size = sizes[i] ?? { minified: 0, gzip: 0, brotli: 0 };
    const cells = [size.minified, size.gzip, size.brotli, budget].map(kilobytes);
    return `| [${what}](../tests/size/${program}.ts) | ${cells.join(' | ')} |`;
  });
  return `# Size

What a page loads, in kB, bundled by esbuild from the packages as they are published. Each row is a program that does what its link says;
the first three hold everything of the rows above them, and the element stands alone. The budgets, with the reason why they are what they are, stand in
[scripts/lib/size.mjs](../scripts/lib/size.mjs); the tests hold the programs to them, and this page to the programs. \`npm run size\`
writes it anew.

| kB | minified | gzip | brotli | budget (gzip) |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
