/**
 * The benchmark in the archive for a machine with only a GPU: see README.md. It prints each row as soon as it is measured, and writes all
 * rows as JSON.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeNodeAdapter, openWebGpuNode } from '@cdam/kernels/node';
import { readArguments } from '../../scripts/lib/program.mjs';
import { machine } from '../src/machine.ts';
import { describeCard, type Peaks, peaksOf } from './cards.ts';
import { measureRows, models, type Row, type Sizes } from './rows.ts';

const { values: options } = readArguments({
  command: 'cdam-bench/run.sh',
  summary: "Measures products, element-wise kernels, attention, ViTs and CDAM on this machine's GPU, beside PyTorch where it is there.",
  options: {
    matmul: { type: 'string', value: 'sizes', default: '1024,2048,4096,8192', help: 'sides of the square products' },
    elements: { type: 'string', value: 'n', default: String(2 ** 25), help: 'numbers that an element-wise kernel runs over' },
    tokens: { type: 'string', value: 'sizes', default: '197,1370,4096', help: 'tokens that attention runs over' },
    models: { type: 'string', value: 'names', default: Object.keys(models).join(','), help: 'what is run forward and explained' },
    batches: { type: 'string', value: 'sizes', default: '1,16,64', help: 'images in a batch' },
    'fill-ms': { type: 'string', value: 'ms', default: '300', help: 'how long one timing lasts at least' },
    rounds: { type: 'string', value: 'n', default: '5', help: 'timings of each' },
    'peak-teraflops': { type: 'string', value: 'number', help: 'of a card that is not known' },
    'peak-gigabytes': { type: 'string', value: 'number', help: 'per second, of a card that is not known' },
    out: { type: 'string', value: 'file', default: 'results.json', help: 'all figures' },
  },
  examples: ['cdam-bench/run.sh --matmul 1024,4096 --models ViT-B --batches 1,16,64'],
});

function list(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

const sizes: Sizes = {
  matmul: list(options.matmul).map(Number),
  elements: Number(options.elements),
  tokens: list(options.tokens).map(Number),
  models: list(options.models),
  batches: list(options.batches).map(Number),
};

function peaks(card: string): Peaks | undefined {
  const known = peaksOf(card);
  const teraflops = options['peak-teraflops'] === undefined ? known?.teraflops : Number(options['peak-teraflops']);
  const gigabytesPerSecond = options['peak-gigabytes'] === undefined ? known?.gigabytesPerSecond : Number(options['peak-gigabytes']);
  return teraflops === undefined || gigabytesPerSecond === undefined ? undefined : { teraflops, gigabytesPerSecond };
}

/** The times of PyTorch by the names of rows; empty when there is no python3 with PyTorch for CUDA. */
function pytorchRows(): { version: string | undefined; ms: ReadonlyMap<string, number> } {
  const script = join(import.meta.dirname, 'pytorch_cuda.py');
  const { status, stdout, stderr, error } = spawnSync('python3', [script, JSON.stringify(sizes)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
    env: cleanEnvironment(),
  });
  if (status !== 0) console.log(`PyTorch: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? 'failed'}`);
  const lines = (stdout ?? '').split('\n').filter((line) => line.startsWith('{'));
  const found: { version?: string; name?: string; ms?: number }[] = lines.map((line) => JSON.parse(line));
  return {
    version: found.find(({ version }) => version !== undefined)?.version,
    ms: new Map(found.flatMap(({ name, ms }) => (name === undefined || ms === undefined ? [] : [[name, ms] as const]))),
  };
}

/** The environment for Python, without the libraries of the archive. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { LD_LIBRARY_PATH: _ours, ...rest } = process.env;
  const before = process.env.CDAM_LD_LIBRARY_PATH;
  return before ? { ...rest, LD_LIBRARY_PATH: before } : rest;
}

/** The rate of a row: TFLOP/s, GB/s or images per second, and the share of the peak. */
function rate({ ms, operations, bytes, images }: Row, peak: Peaks | undefined): string {
  const share = (value: number, most: number | undefined): string =>
    most === undefined ? '' : ` (${((100 * value) / most).toFixed(0)} %)`;
  if (operations !== undefined) {
    const teraflops = operations / ms / 1e9;
    return `${teraflops.toPrecision(3)} TFLOP/s${share(teraflops, peak?.teraflops)}`;
  }
  if (bytes !== undefined) {
    const gigabytes = bytes / ms / 1e6;
    return `${gigabytes.toPrecision(3)} GB/s${share(gigabytes, peak?.gigabytesPerSecond)}`;
  }
  return images === undefined ? '' : `${((1000 * images) / ms).toPrecision(3)} images/s`;
}

async function main(): Promise<void> {
  const card = describeCard();
  const half = (await describeNodeAdapter({ half: true })).features.includes('shader-f16');
  const backend = await openWebGpuNode({ half });
  const name = `${card ?? ''} ${backend.adapter}`;
  const peak = peaks(name);
  console.log(`WebGPU: ${backend.adapter}\ncard:   ${card ?? 'nvidia-smi is not on this machine'}`);
  if (!half) console.log('half:   the adapter has no shader-f16, so there are no rows of f16');
  console.log(
    peak
      ? `peak:   ${peak.teraflops} TFLOP/s, ${peak.gigabytesPerSecond} GB/s`
      : 'peak:   unknown; give --peak-teraflops, --peak-gigabytes',
  );
  const rows: Row[] = [];
  const timing = { fillMs: Number(options['fill-ms']), rounds: Number(options.rounds) };
  await measureRows(backend, sizes, timing, (row) => {
    rows.push(row);
    console.log(`${row.name.padEnd(24)}${row.ms.toPrecision(4).padStart(10)} ms  ${rate(row, peak)}`);
  });
  backend.dispose();
  const pytorch = pytorchRows();
  if (pytorch.ms.size > 0) console.log(`\nbeside PyTorch ${pytorch.version ?? ''} (CUDA, f32): its time, and how many times ours is that`);
  for (const { name, ms } of rows) {
    const theirs = pytorch.ms.get(name);
    if (theirs !== undefined) console.log(`${name.padEnd(24)}${theirs.toPrecision(4).padStart(10)} ms  ${(ms / theirs).toFixed(2)}`);
  }
  const report = { date: new Date().toISOString(), machine: machine(), card, adapter: backend.adapter, peak, sizes, timing, rows };
  writeFileSync(
    options.out,
    `${JSON.stringify({ ...report, pytorch: { version: pytorch.version, ms: Object.fromEntries(pytorch.ms) } }, null, 1)}\n`,
  );
  console.log(`\nwritten: ${options.out}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
