/**
 * `cdam explain`: what a model predicts for pictures, and which parts of the pictures speak for it and against it.
 *
 * What is the same for all pictures (the checkpoint, the targets, the output folder) is checked first, and an error there ends the command.
 * A picture that cannot be explained is reported, and the others are explained. The backend is opened only when there is a picture to
 * explain, so that a wrong file name is reported at once.
 */
import { basename, extname, join } from 'node:path';
import { type Checkpoint, fromCheckpoint, type Picture, readCheckpoint, type VisionTransformer } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { type Concept, conceptTarget, type LatentTarget } from 'cdam';
import { Command } from 'commander';
import { type OpenedBackend, openBackend } from '../backends.ts';
import { readConceptFile } from '../concept-files.ts';
import { Console } from '../console.ts';
import { describeError } from '../errors.ts';
import { BASIS_FILE, type Explanation, explainPicture, imageReport, timePicture, writeFigures } from '../explanation.ts';
import { makeFolder, readPicture, writeOutput } from '../image-files.ts';
import { ignoredOptionLines } from '../method-options.ts';
import { timeLines } from '../method-times.ts';
import { checkQuestion, type ExplainOptions, explainOptions, methodTable, type Question, questionOf } from '../options.ts';
import { bundledModel, TOY } from '../package.ts';
import { partsLines } from '../parts-lines.ts';
import { profileLines } from '../profile.ts';
import {
  basisSize,
  completenessLine,
  countOf,
  type ImageReport,
  type Milliseconds,
  modelReport,
  predictionLine,
  type Report,
  reductionLine,
  standingLines,
} from '../report.ts';
import { standingOf } from '../standing.ts';

/** The command `cdam explain`. @param exit is called with the exit code */
export function explainCommand(exit: (code: number) => void): Command {
  const command = new Command('explain')
    .description('show which parts of pictures speak for and against a class')
    .argument('<image...>', 'JPEG, PNG or WebP files');
  for (const option of explainOptions()) command.addOption(option);
  command.addHelpText('after', methodTable());
  return command.action(async (images: readonly string[], options: ExplainOptions) => exit(await explain(images, options)));
}

/** @returns the exit code: 0, or 1 when some pictures could not be explained, or 2 when none could */
async function explain(images: readonly string[], options: ExplainOptions): Promise<number> {
  const question = questionOf(options);
  const checkpoint = readCheckpoint(await readModelFolder(options.model ?? bundledModel()));
  checkQuestion(question, checkpoint.config);
  const concepts = await Promise.all(question.concepts.map(readConceptFile));
  const folder = options.out ?? (options.json === undefined || options.saveBasis ? 'out' : undefined);
  if (folder !== undefined) await makeFolder(folder);
  const console = new Console({ quiet: options.quiet === true || options.json === '-' });
  const run = new Run(checkpoint, options, { question, concepts, folder }, console);
  try {
    await run.explainAll(images);
    if (run.reports.length > 0 && options.json !== undefined) await writeReport(options.json, run.report(), console);
  } finally {
    console.end();
    run.dispose();
  }
  if (run.reports.length === images.length) return 0;
  return run.reports.length > 0 ? 1 : 2;
}

/** What is the same for all pictures. */
interface Task {
  readonly question: Question;
  readonly concepts: readonly Concept[];
  /** The folder of the PNGs; undefined when none are written. */
  readonly folder: string | undefined;
}

/** One run over all pictures. It opens the model when the first picture has been read. */
class Run {
  readonly reports: ImageReport[] = [];
  readonly #checkpoint: Checkpoint;
  readonly #options: ExplainOptions;
  readonly #task: Task;
  readonly #console: Console;
  #vit: VisionTransformer | undefined;
  #kernelTimes: OpenedBackend['kernelTimes'];
  #targets: readonly LatentTarget[] = [];

  constructor(checkpoint: Checkpoint, options: ExplainOptions, task: Task, console: Console) {
    this.#checkpoint = checkpoint;
    this.#options = options;
    this.#task = task;
    this.#console = console;
  }

  /** Explains all pictures. @throws an error that concerns all of them, such as a missing adapter */
  async explainAll(images: readonly string[]): Promise<void> {
    const names = outputNames(images);
    this.#console.begin(images.length);
    for (const [i, file] of images.entries()) {
      this.#console.working(file);
      const started = performance.now();
      const photo = await this.#attempt(readPicture(file));
      if (photo !== undefined) {
        const decodingTime = performance.now() - started;
        const vit = await this.#model();
        const watch = (method: string): void => this.#console.measuring(method);
        const explaining = explainPicture(vit, photo, decodingTime, this.#task.question, this.#targets, watch);
        const explanation = await this.#attempt(this.#finish(file, names[i] ?? 'image', explaining));
        if (explanation !== undefined && this.reports.length === 1)
          await this.#attempt(this.#measure(vit, photo, explanation.milliseconds));
      }
      this.#console.advance();
    }
  }

  /** The JSON report. */
  report(): Report {
    if (this.#vit === undefined) throw new TypeError('report: no picture was explained');
    const { backend } = this.#vit;
    return {
      version: 1,
      model: modelReport(this.#checkpoint),
      backend: { name: backend.name, adapter: backend.adapter, weights: this.#options.weights },
      images: this.reports,
    };
  }

  /** Frees the model and the backend. */
  dispose(): void {
    this.#vit?.dispose();
    this.#vit?.backend.dispose();
  }

  async #model(): Promise<VisionTransformer> {
    if (this.#vit === undefined) {
      const opened = await openBackend(this.#options.backend, this.#options);
      this.#kernelTimes = opened.kernelTimes;
      const vit = loadOn(opened, this.#checkpoint, this.#options);
      this.#vit = vit;
      const { concepts, question } = this.#task;
      this.#targets = await Promise.all(concepts.map((concept) => conceptTarget(vit, concept, question.similarity)));
      introduce(this.#console, this.#checkpoint, opened);
      if (this.#options.model === undefined) this.#console.line(TOY);
      for (const line of ignoredOptionLines(question.options, question.methods)) this.#console.line(`note     ${line}`);
    }
    return this.#vit;
  }

  /** Explains the first picture again, for the times that are asked for. */
  async #measure(vit: VisionTransformer, photo: Picture, first: Milliseconds): Promise<void> {
    if (this.#options.profile) await this.#profile(vit, photo, first);
    if (!this.#options.times) return;
    for (const line of timeLines(await timePicture(vit, photo, this.#task.question, this.#targets))) this.#console.line(line);
  }

  /** Explains the first picture a second time, now that everything is compiled, and prints the times of both. */
  async #profile(vit: VisionTransformer, photo: Picture, first: Milliseconds): Promise<void> {
    await this.#kernelTimes?.();
    const { milliseconds } = await explainPicture(vit, photo, 0, this.#task.question, this.#targets);
    const kernels = await this.#kernelTimes?.();
    for (const line of profileLines({ first, steady: milliseconds, kernels })) this.#console.line(line);
  }

  async #finish(file: string, name: string, explaining: Promise<Explanation>): Promise<Explanation> {
    const explanation = await explaining;
    const { folder } = this.#task;
    const { photo, sharpen = 1, sheet = false } = this.#options;
    const written = folder === undefined ? [] : await writeFigures(join(folder, name), explanation, { photo, sharpen, sheet });
    printExplanation(this.#console, file, explanation, written);
    this.reports.push(imageReport(file, explanation));
    return explanation;
  }

  /** The result; undefined after an error, which is reported. */
  async #attempt<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      this.#console.problem(describeError(error));
      return undefined;
    }
  }
}

function loadOn({ backend }: OpenedBackend, checkpoint: Checkpoint, { size, fit, weights }: ExplainOptions): VisionTransformer {
  try {
    return fromCheckpoint(checkpoint, { backend, size, fit, weights });
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

function introduce(console: Console, { config, parameters }: Checkpoint, { backend, why }: OpenedBackend): void {
  const { name, architecture, classes } = config;
  console.line(`model    ${name}: ${architecture}, ${countOf(parameters)} parameters, ${classes} classes`);
  console.line(`backend  ${backend.name}: ${backend.adapter}${why === undefined ? '' : ` (${why})`}`);
}

function printExplanation(console: Console, file: string, explanation: Explanation, written: readonly string[]): void {
  const { predictions, maps, similarities, basis, milliseconds } = explanation;
  const times = Object.entries(milliseconds).map(([part, time]) => `${part} ${time.toFixed(0)} ms`);
  console.line(`\n${file}  (${times.join(', ')})`);
  for (const prediction of predictions.slice(0, 5)) console.line(predictionLine(prediction));
  for (const line of standingLines(maps, (map) => standingOf(map, predictions, similarities))) console.line(line);
  for (const map of maps) {
    if (map.completeness) console.line(completenessLine(map, map.completeness));
    if (map.parts) for (const line of partsLines(map.parts)) console.line(line);
  }
  if (basis?.reduction !== undefined) console.line(reductionLine(basis.reduction));
  for (const path of written)
    console.line(`  wrote ${path}${basis !== undefined && path.endsWith(BASIS_FILE) ? ` (${basisSize(basis)})` : ''}`);
}

async function writeReport(place: string, report: Report, console: Console): Promise<void> {
  const json = `${JSON.stringify(report)}\n`;
  if (place === '-') return console.data(json);
  await writeOutput(place, json);
  console.line(`\nwrote ${place}`);
}

/** The names of the pictures without folder and extension. A name that occurs again gets a number. */
function outputNames(images: readonly string[]): string[] {
  const taken = new Set<string>();
  return images.map((image) => {
    const name = basename(image, extname(image));
    let unique = name;
    for (let i = 2; taken.has(unique); i++) unique = `${name}-${i}`;
    taken.add(unique);
    return unique;
  });
}
