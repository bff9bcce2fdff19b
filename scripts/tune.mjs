/**
 * Measures the variants of the WebGPU kernels on this machine's adapter and writes the table that they are chosen by:
 * `npm run tune`, or `CDAM_TEST_DRIVER=lavapipe npm run tune` for another driver. Only the part of the table for the adapter's class
 * is replaced. Leave the machine alone meanwhile.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { readArguments } from './lib/program.mjs';

readArguments({
  command: 'npm run tune',
  summary: "Measures the variants of the WebGPU kernels on this machine's adapter and writes the table that they are chosen by.",
  examples: ['npm run tune', 'CDAM_TEST_DRIVER=lavapipe npm run tune'],
});

const root = fileURLToPath(new URL('..', import.meta.url));
const kernels = join(root, 'packages/kernels');
const table = join(kernels, 'src/webgpu/matmul/variant-table.ts');

/** @typedef {{ rows?: number, tiles?: number, variant: string }} Rule */

/** Bundled into the package's own folder, where its dependencies are found. */
async function loadTune() {
  const folder = await mkdtemp(join(kernels, 'node_modules/.tune-'));
  try {
    const outfile = join(folder, 'tune.mjs');
    await build({
      entryPoints: [join(kernels, 'src/node/tune.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      conditions: ['source'],
      external: ['webgpu'],
      loader: { '.wgsl': 'text' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {Rule} rule */
function ruleText({ rows, tiles, variant }) {
  const limits = [rows === undefined ? [] : [`rows: ${rows}`], tiles === undefined ? [] : [`tiles: ${tiles}`]].flat();
  return `      { ${[...limits, `variant: '${variant}'`].join(', ')} },`;
}

const { tune } = await loadTune();
const { kind, adapter, rules, report } = await tune();
for (const line of report) console.log(line);
const text = await readFile(table, 'utf8');
const part = new RegExp(`  ${kind}: \\{[\\s\\S]*?\\n  \\},\\n`);
if (!part.test(text)) throw new Error(`${table}: there is no part "${kind}"`);
const date = new Date().toISOString().slice(0, 10);
const origin = `    origin: '${adapter.replaceAll("'", '')}, ${date}',`;
const lines = [`  ${kind}: {`, origin, '    rules: [', ...rules.map(ruleText), '    ],', '  },', ''];
await writeFile(table, text.replace(part, lines.join('\n')));
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
spawnSync(process.execPath, [biome, 'format', '--write', table], { stdio: 'inherit' });
console.log(`wrote the part "${kind}" of ${table}`);
