/**
 * A benchmark from its first picture, or from where it was left, to the report.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Checkpoint, fromCheckpoint, type VisionTransformer } from '@cdam/vit';
import { openBackend } from '../backends.ts';
import type { Console } from '../console.ts';
import { CliError, describeError } from '../errors.ts';
import { makeFolder } from '../image-files.ts';
import type { BenchOptions } from './choices.ts';
import { Companions } from './companions.ts';
import type { BenchImage } from './images.ts';
import { measureImage, type Plan } from './measure.ts';
import { appendRecord, checkSameSettings, type ImageRecord, readRecords, readSettings, type Settings, writeSettings } from './records.ts';
import { writeExample, writeReports } from './report-files.ts';
import { partOf, type Shard } from './shard.ts';
import { duration } from './summary.ts';

/** What a run is over. */
export interface Job {
  readonly checkpoint: Checkpoint;
  /** All pictures, of all parts. */
  readonly images: readonly BenchImage[];
  readonly shard: Shard;
  readonly options: BenchOptions;
}

/**
 * Measures the pictures of this part that were not measured yet, and writes the report. A picture that cannot be measured is reported,
 * and the others are done.
 *
 * @returns the exit code: 0, or 1 when some pictures could not be measured, or 2 when none could
 */
export async function runBench(job: Job, console: Console): Promise<number> {
  const { checkpoint, images, shard, options } = job;
  const folder = shard.count === 1 ? options.out : join(options.out, `shard-${shard.number}-of-${shard.count}`);
  await makeFolder(folder);
  const { backend, why } = await openBackend(options.backend, { weights: options.weights });
  try {
    const vit = fromCheckpoint(checkpoint, { backend, size: options.size, fit: options.fit, weights: options.weights });
    console.line(`model    ${checkpoint.config.name}\nbackend  ${backend.name}: ${backend.adapter}${why === undefined ? '' : ` (${why})`}`);
    const settings = await settingsOf(vit, job);
    const known = await readSettings(folder);
    if (known === undefined) await writeSettings(folder, settings);
    else checkSameSettings(known, settings, folder);
    const done = await readRecords(folder);
    const part = partOf(images, shard);
    const open = part.filter(({ index }) => !done.some((record) => record.index === index));
    if (done.length > 0) console.line(`resumes after ${done.length} of ${part.length} pictures`);
    const { target, seed, examples } = options;
    const plan: Plan = { ...options, masks: options.masks };
    const bench = { vit, plan, companions: new Companions(vit, images, target, seed), folder, examples };
    const records = [...done, ...(await measureOpen(bench, open, console))].toSorted((a, b) => a.index - b.index);
    if (records.length === 0) return 2;
    const files = await writeReports(folder, settings, [...new Set(records.map((record) => record.backend))].join(', '), records);
    for (const file of files) console.line(`wrote ${file}`);
    return records.length === part.length ? 0 : 1;
  } finally {
    backend.dispose();
  }
}

/** What is the same for all pictures of a run. */
interface Bench {
  readonly vit: VisionTransformer;
  readonly plan: Plan;
  readonly companions: Companions;
  readonly folder: string;
  /** Pictures whose maps the report shows. */
  readonly examples: number;
}

async function measureOpen(bench: Bench, open: readonly BenchImage[], console: Console): Promise<ImageRecord[]> {
  const records: ImageRecord[] = [];
  const started = performance.now();
  console.begin(open.length);
  try {
    for (const [i, image] of open.entries()) {
      console.working(image.file);
      const record = await measureOne(bench, image).catch((error: unknown) => {
        if (!(error instanceof CliError) || error.code !== 'image') throw error;
        console.problem(describeError(error));
        return undefined;
      });
      if (record !== undefined) records.push(record);
      console.advance();
      const each = (performance.now() - started) / (i + 1);
      const left = open.length - i - 1;
      console.line(`${i + 1}/${open.length}  ${image.file}  ${left === 0 ? 'done' : `about ${duration(left * each)} left`}`);
    }
  } finally {
    console.end();
  }
  return records;
}

/** Measures a picture, and writes its record at once. */
async function measureOne({ vit, plan, companions, folder, examples }: Bench, image: BenchImage): Promise<ImageRecord> {
  const measurement = await measureImage(vit, image, plan, companions);
  using _view = measurement.view;
  if (image.index < examples) await writeExample(folder, measurement);
  await appendRecord(folder, measurement.record);
  return measurement.record;
}

async function settingsOf(vit: VisionTransformer, { images, options }: Job): Promise<Settings> {
  const names = images.map(({ file, label }) => `${file} ${label ?? ''}`).join('\n');
  return {
    version: 2,
    model: vit.config.name,
    fingerprint: await vit.fingerprint(),
    weights: options.weights,
    input: `${vit.config.inputWidth}×${vit.config.inputHeight}, ${vit.config.preprocessing.fit}`,
    target: options.target,
    methods: options.methods.map(({ label }) => label),
    metrics: options.metrics.map(({ name }) => name),
    masks: options.masks !== undefined,
    steps: options.steps,
    draws: options.draws,
    seed: options.seed,
    images: images.length,
    digest: createHash('sha256').update(names).digest('hex'),
  };
}
