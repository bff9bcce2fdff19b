/**
 * Runs an evaluation to its report, from the first picture or from where an earlier run ended.
 */
import type { VisionTransformer } from '@cdam/vit';
import { Companions } from '../companions.ts';
import { EvaluationError } from '../errors.ts';
import { type EvaluatedImage, evaluateImage } from '../evaluate-image.ts';
import type { EvaluationImage, EvaluationPlan } from '../plan.ts';
import type { ImageRecord } from '../records.ts';
import { duration } from '../report/wording.ts';
import { checkBaseline, checkSameSettings, settingsOf } from '../settings.ts';
import { partOf, type Shard } from '../shard.ts';
import { appendRecord, readRecords, readSettings, writeSettings } from './folder.ts';
import { writeReports } from './reports.ts';

/** What is evaluated, and in which folder. */
export interface Evaluation {
  readonly vit: VisionTransformer;
  readonly plan: EvaluationPlan;
  /** The pictures of all parts. */
  readonly images: readonly EvaluationImage[];
  /** The part to measure. */
  readonly shard: Shard;
  /** The folder of this part: see `shardFolder`. */
  readonly folder: string;
  /** The label of the method that the report compares the others with, picture by picture. No record depends on it. */
  readonly baseline?: string | undefined;
  /** Is called with each picture before its record is written, and may draw its maps: see `examplePath`. */
  readonly draw?: ((evaluated: EvaluatedImage) => Promise<void>) | undefined;
}

/** Shows the progress of an evaluation. */
export interface Progress {
  /** Is called once with the number of pictures that will be measured. */
  begin(total: number): void;
  /** Is called when the measurement of a picture begins. */
  working(file: string): void;
  /** Is called with each method and each metric of the picture before it begins. */
  measuring?(name: string): void;
  /** Is called when a picture is done, measured or not. */
  advance(): void;
  /** Is called once when no more pictures will be measured. */
  end(): void;
  /** Is called with text for people to read. */
  line(text: string): void;
  /** Is called with the reason why a picture was skipped. */
  problem(text: string): void;
}

/** How an evaluation ended. */
export interface Outcome {
  /** How many pictures are measured, with those of earlier runs. */
  readonly measured: number;
  /** How many pictures there are. */
  readonly wanted: number;
  /** The paths of the files of the report; none when no picture is measured. */
  readonly files: readonly string[];
}

/**
 * Measures the pictures of a part that are not measured yet, and writes the report. A picture that cannot be read is reported to
 * `progress` and skipped.
 *
 * @throws EvaluationError `settings` for a folder with numbers of other settings or a baseline that is not measured, `record` for a folder with a damaged record, `folder` or
 *   `output` for a folder that cannot be read or written
 */
export async function evaluate(evaluation: Evaluation, progress: Progress): Promise<Outcome> {
  const { vit, plan, images, shard, folder, baseline } = evaluation;
  const settings = await settingsOf(vit, plan, images);
  if (baseline !== undefined) checkBaseline(baseline, settings);
  const known = await readSettings(folder);
  if (known !== undefined) checkSameSettings(known, settings, folder);
  const done = await readRecords(folder);
  const part = partOf(images, shard);
  const open = part.filter(({ index }) => !done.some((record) => record.index === index));
  if (done.length > 0) progress.line(`resumes after ${done.length} of ${part.length} pictures`);
  // A folder becomes that of an evaluation with its first record, so that nothing is left where no picture could be measured.
  let begun = known !== undefined;
  const keep = async (record: ImageRecord): Promise<void> => {
    if (!begun) await writeSettings(folder, settings);
    begun = true;
    await appendRecord(folder, record);
  };
  const records = [...done, ...(await measureOpen(evaluation, open, keep, progress))].toSorted((a, b) => a.index - b.index);
  const files = records.length === 0 ? [] : await writeReports(folder, settings, records, baseline);
  return { measured: records.length, wanted: part.length, files };
}

/** Keeps the record of a picture. */
type Keep = (record: ImageRecord) => Promise<void>;

async function measureOpen(
  evaluation: Evaluation,
  open: readonly EvaluationImage[],
  keep: Keep,
  progress: Progress,
): Promise<ImageRecord[]> {
  const { vit, images, plan } = evaluation;
  const companions = new Companions(vit, images, plan);
  const records: ImageRecord[] = [];
  const started = performance.now();
  progress.begin(open.length);
  try {
    for (const [i, image] of open.entries()) {
      progress.working(image.file);
      const record = await measureOne(evaluation, image, companions, keep, (name) => progress.measuring?.(name)).catch((error: unknown) => {
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

/** Measures a picture, draws it and keeps its record. */
async function measureOne(
  { vit, plan, draw }: Evaluation,
  image: EvaluationImage,
  companions: Companions,
  keep: Keep,
  watch: (name: string) => void,
): Promise<ImageRecord> {
  const evaluated = await evaluateImage(vit, image, plan, companions, watch);
  using _view = evaluated.view;
  await draw?.(evaluated);
  await keep(evaluated.record);
  return evaluated.record;
}
