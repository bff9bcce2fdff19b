/**
 * `node scripts/basis-rank.mjs`: what files of explanation bases of reduced rank cost and save, as the table in docs/ledger.md. Whole bases are made
 * of some photographs, written with every rank and precision, read again, and compared: the energy that is kept, and the errors of the maps
 * of all classes.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readArguments } from './lib/program.mjs';

const { values, positionals } = readArguments({
  command: 'node scripts/basis-rank.mjs',
  summary: 'Measures what explanation bases of reduced rank cost and save, over the classes of a model and some photographs.',
  positionals: { name: '<photo...>', help: 'JPEG, PNG or WebP files', least: 1 },
  options: {
    model: { type: 'string', value: 'folder', required: true, help: 'the model folder, whose head says what the classes are' },
    ranks: { type: 'string', value: 'list', default: '8,16,32,64,96', help: 'ranks to write, besides the whole basis' },
  },
  examples: ['node scripts/basis-rank.mjs --model <folder> photos/*.jpg'],
});

/** @typedef {{ bytes: number, energy: number, logit: number[], odds: number[] }} Measured */

// The built packages, which the programs of this folder are not installed beside.
const packages = new URL('../packages/', import.meta.url);
const { openWasm } = await import(new URL('kernels/dist/wasm-node.js', packages).href);
const { loadVit } = await import(new URL('vit/dist/node.js', packages).href);
const { basisError, basisOf, look, mapErrors, parseBasis, saveBasis } = await import(new URL('cdam/dist/index.js', packages).href);
const sharp = createRequire(new URL('cli/package.json', packages))('sharp');

/** @type {Map<string, Measured[]>} by the first three cells of a row */
const rows = new Map();
const ranks = [...String(values.ranks).split(',').map(Number), undefined];
const vit = await loadVit(String(values.model), { backend: await openWasm() });
for (const photo of positionals) {
  const { data, info } = await sharp(await readFile(photo))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const view = look(vit, { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) }, { keep: 'traces' });
  for (const method of ['cdam', 'ledger']) {
    const exact = await basisOf(view, method);
    for (const rank of ranks) {
      for (const dtype of ['F32', 'F16']) {
        const file = saveBasis(exact, { rank, dtype });
        const altered = parseBasis(file);
        const { width, patches } = { width: exact.latent.length, patches: exact.grid[0] * exact.grid[1] };
        const numbers = rank === undefined ? width * patches : (width + patches) * rank;
        const key = `| \`${method}\` | ${rank ?? `${Math.min(width, patches)}, whole`} | ${dtype.toLowerCase()}`;
        rows.set(key, [
          ...(rows.get(key) ?? []),
          {
            bytes: numbers * (dtype === 'F16' ? 2 : 4),
            energy: (altered.parts.reduction ?? basisError(exact, altered)).energy,
            logit: Array.from(mapErrors(exact, altered, 'logit')),
            odds: Array.from(mapErrors(exact, altered, 'log-odds')),
          },
        ]);
      }
    }
  }
  view.dispose();
}
vit.backend.dispose();

/** @param {number} share */
const percent = (share) => (share < 1e-5 ? '< 0.001 %' : `${Number((100 * share).toPrecision(2))} %`);

/** @param {number[]} errors */
function spread(errors) {
  const sorted = errors.toSorted((a, b) => a - b);
  return `${percent(sorted[sorted.length >> 1] ?? 0)} / ${percent(sorted.at(-1) ?? 0)}`;
}

console.log('| method | rank | precision | kB | energy, mean (least) | error from the logit, median / worst | from log-odds |');
console.log('|---|---|---|---|---|---|---|');
for (const [key, measured] of rows) {
  const energies = measured.map(({ energy }) => energy);
  const mean = energies.reduce((a, b) => a + b, 0) / energies.length;
  const kept = `${(100 * mean).toFixed(2)} % (${(100 * Math.min(...energies)).toFixed(2)} %)`;
  const [logit, odds] = [measured.flatMap((one) => one.logit), measured.flatMap((one) => one.odds)];
  console.log(`${key} | ${((measured[0]?.bytes ?? 0) / 1000).toFixed(1)} | ${kept} | ${spread(logit)} | ${spread(odds)} |`);
}
