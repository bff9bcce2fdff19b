/**
 * An evaluation from its first picture, or from where it was left, to the report.
 */
import type { VisionTransformer } from '@cdam/vit';
import { Companions } from '../companions.ts';
import { EvaluationError } from '../errors.ts';
import { type EvaluatedImage, evaluateImage } from '../evaluate-image.ts';
import type { EvaluationImage, EvaluationPlan } from '../plan.ts';
import type { ImageRecord } from '../records.ts';
import { duration } from '../report/wording.ts';
import { checkSameSettings, settingsOf } from '../settings.ts';
import { partOf, type Shard } from '../shard.ts';
import { appendRecord, readRecords, readSettings, writeSettings } from './folder.ts';
import { writeReports } from './reports.ts';

/** What is evaluated, and where it is kept. */
export interface Evaluation {
  readonly vit: VisionTransformer;
  readonly plan: EvaluationPlan;
  /** All pictures, of all parts. */
  readonly images: readonly EvaluationImage[];
  /** The part to measure. */
  readonly shard: Shard;
  /** Of this part: see `shardFolder`. */
  readonly folder: string;
  /** Is given each picture before its record is kept, and may draw its maps: see `examplePath`. */
  readonly draw?: ((evaluated: EvaluatedImage) => Promise<void>) | undefined;
}

/** Is told how far an evaluation is. */
export interface Progress {
  /** So many pictures will be measured. */
  begin(total: number): void;
  /** This picture is being measured. */
  working(file: string): void;
  /** One more picture is done, well or badly. */
  advance(): void;
  /** No more pictures will be measured. */
  end(): void;
  /** Something for people to read. */
  line(text: string): void;
  /** Why a picture was passed over. */
  problem(text: string): void;
}

/** How an evaluation ended. */
export interface Outcome {
  /** Pictures that are measured, those of former runs included, and how many there are to measure. */
  readonly measured: number;
  readonly wanted: number;
  /** Of the report; none without a measured picture. */
  readonly files: readonly string[];
}

/**
 * Measures the pictures of this part that were not measured yet, and writes the report. A picture that cannot be read is told to
 * `progress`, and the others are measured.
 *
 * @throws EvaluationError `settings` for a folder with numbers of other settings; `record` for one with a damaged record; `folder` or
 *   `output` for one that cannot be read or written
 */
export async function evaluate(evaluation: Evaluation, progress: Progress): Promise<Outcome> {
  const { vit, plan, images, shard, folder } = evaluation;
  const settings = await settingsOf(vit, plan, images);
  const known = await readSettings(folder);
  if (known === undefined) await writeSettings(folder, settings);
  else checkSameSettings(known, settings, folder);
  const done = await readRecords(folder);
  const part = partOf(images, shard);
  const open = part.filter(({ index }) => !done.some((record) => record.index === index));
  if (done.length > 0) progress.line(`resumes after ${done.length} of ${part.length} pictures`);
  const records = [...done, ...(await measureOpen(evaluation, open, progress))].toSorted((a, b) => a.index - b.index);
  const files = records.length === 0 ? [] : await writeReports(folder, settings, records);
  return { measured: records.length, wanted: part.length, files };
}

async function measureOpen(evaluation: Evaluation, open: readonly EvaluationImage[], progress: Progress): Promise<ImageRecord[]> {
  const { vit, images, plan } = evaluation;
  const companions = new Companions(vit, images, plan);
  const records: ImageRecord[] = [];
  const started = performance.now();
  progress.begin(open.length);
  try {
    for (const [i, image] of open.entries()) {
      progress.working(image.file);
      const record = await measureOne(evaluation, image, companions).catch((error: unknown) => {
        if (!(error instanceof EvaluationError) || error.code !== 'picture') throw error;
        progress.problem(error.message);
        return undefined;
      });
      progress.advance();
      if (record === undefined) continue;
      records.push(record);
      const each = (performance.now() - started) / (i + 1);
      const left = open.length - i - 1;
      progress.line(`${i + 1}/${open.length}  ${image.file}  ${left === 0 ? 'done' : `about ${duration(left * each)} left`}`);
    }
  } finally {
    progress.end();
  }
  return records;
}

/** Measures a picture, and writes its record at once. */
async function measureOne({ vit, plan, folder, draw }: Evaluation, image: EvaluationImage, companions: Companions): Promise<ImageRecord> {
  const evaluated = await evaluateImage(vit, image, plan, companions);
  using _view = evaluated.view;
  await draw?.(evaluated);
  await appendRecord(folder, evaluated.record);
  return evaluated.record;
}
