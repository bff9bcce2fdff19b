/**
 * `pnpm bench`: measures our speed and that of our peers side by side, in one run on one machine. It prints tables, and writes them with
 * all figures to `results/`. README.md explains the options.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readArguments } from '../../scripts/lib/program.mjs';
import { driverName } from '../../scripts/webgpu-driver.mjs';
import { programs } from '../programs.mjs';
import { verdicts } from './claims.ts';
import { type Contender, chosen, labelOf, pytorch, pytorchOtherBlas } from './contenders.ts';
import type { Host } from './hosts/host.ts';
import { type Pages, servePages } from './hosts/page.ts';
import { startNodeHost, startPythonHost } from './hosts/process.ts';
import { machine, versions } from './machine.ts';
import { closeAll, type Measurement, measure, openAll, type Pace } from './measure.ts';
import { markdown, type Report } from './report.ts';
import { nameOf, products, type Workload } from './workloads.ts';

const benchFolder = resolve(import.meta.dirname, '..');

const { values: options } = readArguments(programs.main);
const modelFolder = options.model ?? resolve(benchFolder, '../../shared/models/deit-tiny');

/** A part of the run. */
interface Part {
  readonly name: string;
  readonly contenders: readonly Contender[];
  /** Workloads in groups; the contenders take turns within a group. */
  readonly groups: readonly (readonly Workload[])[];
}

function parts(): Part[] {
  const everyone = chosen(options.only.split(',').filter((prefix) => prefix !== ''));
  const ours = everyone.filter(({ library, device, place }) => library === 'cdam' && device !== 'reference' && place === 'node');
  const pytorches = options.blas === undefined ? [pytorch] : [pytorch, pytorchOtherBlas];
  const kinds = ['forward', 'map', 'all-maps', 'further-map', 'smooth-map', 'batch', 'input-gradient'] as const;
  const beyond = [
    'forward',
    'ledger',
    'ledger-further',
    'ledger-all',
    'ledger-from-basis',
    'frozen-gates',
    'frozen-gates-routing',
  ] as const;
  const all: Part[] = [
    { name: 'products', contenders: everyone, groups: products.map((product) => [product]) },
    { name: 'forward', contenders: [...everyone, ...pytorches], groups: [[{ kind: 'forward' }]] },
    { name: 'cdam', contenders: [...ours, ...pytorches], groups: [kinds.map((kind) => ({ kind }))] },
    { name: 'ledger', contenders: ours, groups: [beyond.map((kind) => ({ kind }))] },
  ];
  return all.filter(({ name }) => options.parts.split(',').includes(name));
}

async function start(contender: Contender, pages: Pages): Promise<Host> {
  if (contender.place === 'chromium') return await pages.start(contender);
  if (contender.place === 'node') return startNodeHost(contender, modelFolder);
  const libraries = contender === pytorchOtherBlas ? options.blas : undefined;
  return startPythonHost(join(benchFolder, 'peers/pytorch_cdam.py'), [modelFolder], { python: options.python, libraries });
}

async function run(part: Part, pages: Pages, pace: Pace, adapters: Record<string, string>): Promise<Measurement[]> {
  const log = (line: string): void => console.error(`  ${line}`);
  console.error(`${part.name}: ${part.contenders.length} contenders`);
  const entrants = await openAll(part.contenders, (contender) => start(contender, pages));
  try {
    for (const { contender, opened } of entrants) if (opened?.adapter) adapters[labelOf(contender)] = opened.adapter;
    const measurements: Measurement[] = [];
    for (const group of part.groups) {
      log(group.map(nameOf).join(', '));
      measurements.push(...(await measure(entrants, group, pace, log)));
    }
    return measurements;
  } finally {
    await closeAll(entrants);
  }
}

async function write(report: Report): Promise<void> {
  const folder = join(benchFolder, 'results');
  const name = options.out || `${report.date.slice(0, 10)}-${report.driver.replaceAll(/[^\w.-]+/g, '_')}`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(report, null, 1)}\n`);
  await writeFile(join(folder, `${name}.md`), markdown(report));
  console.log(`\nwritten: bench/results/${name}.json and .md`);
}

async function main(): Promise<void> {
  if (!existsSync(join(modelFolder, 'model.onnx'))) {
    throw new Error(`bench: there is no ${join(modelFolder, 'model.onnx')}; give the folder of DeiT-Ti with --model`);
  }
  const modules = join(benchFolder, 'node_modules');
  const folders = {
    bench: join(benchFolder, 'dist/page'),
    model: modelFolder,
    onnxruntime: join(modules, 'onnxruntime-web/dist'),
    tfjs: join(modules, '@tensorflow/tfjs-backend-wasm/dist'),
  };
  const pace: Pace = { rounds: Number(options.rounds), turnMs: 300, budgetMs: 15_000 };
  const where = machine();
  const pages = await servePages(folders, driverName() === 'system');
  const found = new Map<string, Measurement[]>();
  const adapters: Record<string, string> = {};
  try {
    for (const part of parts()) found.set(part.name, await run(part, pages, pace, adapters));
  } finally {
    pages.close();
  }
  const report: Report = {
    date: new Date().toISOString(),
    driver: driverName(),
    machine: where,
    versions: await versions(benchFolder),
    adapters,
    pace: { rounds: pace.rounds, turnMs: pace.turnMs },
    parts: Object.fromEntries(found),
    verdicts: verdicts(found),
  };
  console.log(markdown(report));
  await write(report);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
