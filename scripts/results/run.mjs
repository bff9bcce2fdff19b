/**
 * `npm run results`: makes docs/results.md anew: its evaluations, reports, figures and tables. What has been measured already is not
 * measured again, so it can be interrupted; several processes may each take one half of the photographs, before a last one puts all together.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../lib/program.mjs';
import { BASELINE, REPORTS, RUNS } from './plan.mjs';
import { fillTables } from './tables.mjs';

const { values } = readArguments({
  command: 'npm run results --',
  summary: 'Measures what docs/results.md says, and writes its reports, figures and tables.',
  options: {
    photos: { type: 'string', value: 'csv', required: true, help: 'the photographs, with the columns file and label' },
    scenes: { type: 'string', value: 'folder', required: true, help: 'the pictures of the figures: elephant-zebra.jpg, balls.jpg, …' },
    deit: { type: 'string', value: 'folder', required: true, help: 'the checkpoint of DeiT-Ti/16' },
    augreg: { type: 'string', value: 'folder', required: true, help: 'the checkpoint of ViT-Ti/16, AugReg' },
    half: { type: 'string', value: '1|2', help: 'only measure, and only this half of the photographs', choices: ['1', '2'] },
    measured: { type: 'boolean', help: 'measure nothing, and take what has been measured so far' },
    work: { type: 'string', value: 'folder', default: 'out/results', help: 'where the records are kept' },
  },
  examples: ['npm run results -- --photos photos/labels.csv --scenes scenes --deit deit-tiny --augreg vit-tiny-augreg'],
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const documents = join(root, 'docs');
const models = { deit: String(values.deit), augreg: String(values.augreg) };
const work = String(values.work);

/** @param {readonly (string | number)[]} args */
function cdam(...args) {
  const command = [join(root, 'packages/cli/bin/cdam.js'), ...args.map(String)];
  const { status, error } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`cdam ${args.join(' ')} ended with ${status}`);
}

/** @param {1 | 2} half */
function measure(half) {
  for (const { name, model, of, methods, metrics, size } of RUNS) {
    const what = ['--methods', methods.join(), '--metrics', metrics.join(), ...(size === undefined ? [] : ['--size', size])];
    const where = ['--out', join(work, name), '--shard', `${half}/${of}`, '--examples', 0];
    cdam('evaluate', String(values.photos), '--model', models[model], '--backend', 'wasm', '--steps', 10, ...what, ...where);
  }
}

function writeReports() {
  for (const { name, runs, halves, methods, metrics } of REPORTS) {
    const parts = runs.flatMap((run) => {
      const of = RUNS.find((candidate) => candidate.name === run)?.of;
      return halves.map((half) => join(work, run, `shard-${half}-of-${of}`));
    });
    const rows = methods === undefined ? [] : ['--methods', methods.join()];
    const columns = metrics === undefined ? [] : ['--metrics', metrics.join()];
    const merged = join(work, 'reports', name);
    cdam('evaluate', 'merge', ...parts, ...rows, ...columns, '--baseline', BASELINE, '--out', merged);
    mkdirSync(join(documents, 'results', name), { recursive: true });
    for (const file of ['report.md', 'report.json']) copyFileSync(join(merged, file), join(documents, 'results', name, file));
  }
}

const METHODS = ['attention', 'relevance', 'cdam', 'smooth-cdam', 'ledger', 'frozen-gates', 'frozen-gates-routing'];

/** @param {string} scene @param {readonly string[]} targets @param {string} from @param {string} file */
function draw(scene, targets, from, file) {
  const look = ['--model', models.deit, '--fit', 'squash', '--size', 384, '--backend', 'wasm', '--sheet', '--no-photo'];
  const out = join(work, 'figures', from);
  cdam(
    'explain',
    join(String(values.scenes), `${scene}.jpg`),
    ...look,
    ...METHODS.flatMap((method) => ['--method', method]),
    '--from',
    from,
    ...targets,
    '--out',
    out,
  );
  copyFileSync(join(out, `${scene}-sheet.png`), join(documents, 'results', file));
}

function drawFigures() {
  const classes = {
    'elephant-zebra': ['African elephant, Loxodonta africana', 'zebra'],
    balls: ['baseball', 'basketball'],
    clocks: ['digital clock', 'analog clock'],
  };
  for (const [scene, names] of Object.entries(classes)) {
    const targets = names.flatMap((name) => ['--target', name]);
    draw(scene, targets, 'logit', `${scene}.png`);
    draw(scene, targets, 'log-odds', `${scene}-log-odds.png`);
  }
  const picture = (/** @type {string} */ name) => join(String(values.scenes), name);
  const [violins, horns] = [
    [picture('violin1.jpg'), picture('violin2.jpg')],
    [picture('horn1.jpg'), picture('horn2.jpg')],
  ];
  const concepts = [
    { name: 'violin', of: violins },
    { name: 'horn', of: horns },
    { name: 'violin rather than horn', of: [...violins, '--not', ...horns] },
  ].map(({ name, of }, i) => {
    const file = join(work, `${i}.concept.safetensors`);
    cdam('concept', 'make', ...of, '--model', models.deit, '--name', name, '-o', file);
    return file;
  });
  draw(
    'hornviolin',
    concepts.flatMap((file) => ['--concept', file]),
    'logit',
    'hornviolin.png',
  );
}

if (values.half === undefined) {
  if (!values.measured) {
    measure(1);
    measure(2);
  }
  writeReports();
  drawFigures();
  const text = join(documents, 'results.md');
  const reportOf = (/** @type {string} */ name) => JSON.parse(readFileSync(join(documents, 'results', name, 'report.json'), 'utf8'));
  writeFileSync(text, fillTables(readFileSync(text, 'utf8'), reportOf));
} else {
  measure(values.half === '1' ? 1 : 2);
}
