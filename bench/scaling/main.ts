/**
 * `pnpm bench:scaling`: measures how time and memory grow with the number of tokens, the depth, the width, the number of classes and the
 * number of images in a batch. It writes figures and a plot to `results/`; docs/scaling.md explains the curves.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';
import { readArguments } from '../../scripts/lib/program.mjs';
import { programs } from '../programs.mjs';
import { type Machine, machine } from '../src/machine.ts';
import { watchMemory } from './peak.ts';
import { measurePoint, type Point, type Series, series } from './series.ts';
import { type Panel, plot } from './svg.ts';
import { measureViewMemory, type ViewMemory } from './view-memory.ts';

const { values: options } = readArguments(programs.scaling);

interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly backend: string;
  readonly adapter: string;
  readonly rounds: number;
  readonly series: Readonly<Record<string, readonly Point[]>>;
  readonly viewMemory: ViewMemory;
}

async function openBackend(): Promise<Backend> {
  if (options.backend === 'wasm') return await openWasm({ threads: Number(options.threads) });
  if (options.backend === 'webgpu') return await openWebGpuNode();
  if (options.backend === 'reference') return createReferenceBackend();
  throw new Error(`bench: there is no backend ${options.backend}; take wasm, webgpu or reference`);
}

async function main(): Promise<void> {
  const where = machine();
  const opened = await openBackend();
  const watched = watchMemory(opened);
  const measured: Record<string, Point[]> = {};
  for (const each of series.filter(({ name }) => options.series.split(',').includes(name))) {
    const points: Point[] = [];
    for (const point of each.points) {
      points.push(await measurePoint(watched, point, Number(options.rounds)));
      console.log(line(each, points.at(-1)));
    }
    measured[each.name] = points;
  }
  const viewMemory = await measureViewMemory(watched);
  console.log(viewLine(viewMemory));
  await write({
    date: new Date().toISOString(),
    machine: where,
    backend: opened.name,
    adapter: opened.adapter,
    rounds: Number(options.rounds),
    series: measured,
    viewMemory,
  });
  opened.dispose();
}

async function write(report: Report): Promise<void> {
  const folder = resolve(import.meta.dirname, '../results');
  const name = options.out || `scaling-${report.date.slice(0, 10)}-${report.backend}`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(report, null, 1)}\n`);
  const drawn = series.flatMap((each) => panels(each, report.series[each.name] ?? []));
  await writeFile(join(folder, `${name}.svg`), plot(drawn, 2));
  console.log(`written: bench/results/${name}.json and .svg`);
}

/** The panels of a series: time on the left, memory on the right. */
function panels({ name, axis }: Series, points: readonly Point[]): Panel[] {
  if (points.length === 0) return [];
  const x = points.map((point) => point.x);
  const pick = (label: string, key: keyof Point, unit = 1): Panel['curves'][number] => ({
    label,
    values: points.map((point) => point[key] / unit),
  });
  const mib = 2 ** 20;
  return [
    {
      title: `Time against ${name}`,
      xLabel: axis,
      yLabel: 'ms',
      x,
      curves: [pick('forward pass', 'forwardMs'), pick('one map', 'mapMs'), pick('all maps', 'allMapsMs')],
    },
    {
      title: `Peak memory against ${name}`,
      xLabel: axis,
      yLabel: 'MiB',
      x,
      curves: [
        pick('forward pass', 'forwardBytes', mib),
        pick('one map', 'mapBytes', mib),
        pick('all maps', 'allMapsBytes', mib),
        pick('weights', 'weightBytes', mib),
      ],
    },
  ];
}

function line({ name }: Series, point: Point | undefined): string {
  if (point === undefined) return name;
  const ms = [point.forwardMs, point.mapMs, point.allMapsMs].map((value) => value.toFixed(1).padStart(9)).join('');
  const mib = [point.weightBytes, point.forwardBytes, point.mapBytes, point.allMapsBytes]
    .map((value) => (value / 2 ** 20).toFixed(1).padStart(8))
    .join('');
  return `${name.padEnd(8)}${String(point.x).padStart(6)}  ms forward, map, all:${ms}  MiB weights, forward, map, all:${mib}`;
}

function viewLine({ weightBytes, lookBytes, viewBytes, allowedBytes }: ViewMemory): string {
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return `ViT-B/14 at 518 px, MiB: weights ${mib(weightBytes)}, view ${mib(viewBytes)}, look ${mib(lookBytes)}; allowed ${mib(allowedBytes)}`;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
