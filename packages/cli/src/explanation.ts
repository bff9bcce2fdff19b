/**
 * Explains one picture: predictions, maps, and figures in files.
 */
import { type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import {
  basisOf,
  explainBy,
  findMethod,
  findTarget,
  keepFor,
  type LatentTarget,
  look,
  type Prediction,
  pairTarget,
  parseBasis,
  type Reduction,
  resolveTargets,
  saveBasis,
  type Target,
  type TokenMap,
  type View,
} from 'cdam';
import { type Appearance, drawFigure, enlargePicture } from './figures/figure.ts';
import { drawPartsSheet } from './figures/parts-sheet.ts';
import { drawSheet } from './figures/sheet.ts';
import { writeOutput, writePng } from './image-files.ts';
import { optionsFor } from './method-options.ts';
import { type MethodTime, timeMethods } from './method-times.ts';
import type { Question } from './options.ts';
import { type ImageReport, type Milliseconds, mapReport } from './report.ts';
import { type Similarities, type Standing, similaritiesOf, standingOf } from './standing.ts';

/** The end of the name of the file of a basis. */
export const BASIS_FILE = '.basis.safetensors';

/** The explanation of a picture. */
export interface Explanation {
  /** The picture as the model saw it. */
  readonly picture: Picture;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  /** The predictions of all classes, best first. */
  readonly predictions: readonly Prediction[];
  readonly maps: readonly TokenMap[];
  /** How similar the picture is to each concept. */
  readonly similarities: Similarities;
  /** The explanation basis as a file, if it is wanted, what a reduced rank cost, and how much of the file is the head of the model. */
  readonly basis: { readonly bytes: Uint8Array; readonly reduction: Reduction | undefined; readonly headBytes: number } | undefined;
  readonly milliseconds: Milliseconds;
}

/**
 * Explains a picture.
 *
 * @param decodingTime how long it took to read the picture, in milliseconds
 * @param concepts targets to explain after the classes of the question
 * @param watch is called with the name of each method before it begins
 */
export async function explainPicture(
  vit: VisionTransformer,
  photo: Picture,
  decodingTime: number,
  question: Question,
  concepts: readonly LatentTarget[],
  watch: (method: string) => void = () => {},
): Promise<Explanation> {
  const started = performance.now();
  const { pixels, picture } = preprocess(photo, vit.config);
  const preprocessed = performance.now();
  const methods = question.methods.map(findMethod);
  using view = look(vit, pixels, { keep: keepFor(methods) });
  await view.ready();
  const predictions = vit.config.classes === 0 ? [] : await view.predictions(vit.config.classes);
  const predicted = performance.now();
  const maps: TokenMap[] = [];
  const targets = await targetsOf(view, question, concepts);
  for (const method of methods) {
    watch(method.name);
    maps.push(...(await explainBy(view, method, targets, optionsFor(method.name, question.options))));
  }
  const mapped = performance.now();
  const similarities = await similaritiesOf(view, concepts, question.similarity);
  const basis = await basisFile(view, question);
  const milliseconds = {
    preprocess: rounded(decodingTime + preprocessed - started),
    backbone: rounded(predicted - preprocessed),
    maps: rounded(mapped - predicted),
  };
  return { picture, grid: view.grid, predictions, maps, similarities, basis, milliseconds };
}

async function basisFile(view: View, { basis, basisRank }: Question): Promise<Explanation['basis']> {
  if (basis === undefined) return undefined;
  const bytes = saveBasis(await basisOf(view, basis), { rank: basisRank });
  const { reduction, head } = parseBasis(bytes).parts;
  return { bytes, reduction, headBytes: head === undefined ? 0 : head.weight.byteLength + head.bias.byteLength };
}

/** The times of each method of a question alone, with its first target. */
export async function timePicture(
  vit: VisionTransformer,
  photo: Picture,
  question: Question,
  concepts: readonly LatentTarget[],
): Promise<MethodTime[]> {
  const { pixels } = preprocess(photo, vit.config);
  using view = look(vit, pixels);
  const [target] = await targetsOf(view, question, concepts);
  return await timeMethods({ vit, pixels, methods: question.methods, options: question.options, target });
}

/** The classes in the order in which they were typed, then the concepts. */
async function targetsOf(view: View, question: Question, concepts: readonly LatentTarget[]): Promise<Target[]> {
  const { targets, against, methods } = question;
  if (!methods.some((method) => findMethod(method).classSpecific)) return [];
  const classes = targets.length === 0 ? [] : await resolveTargets(view, targets);
  const { config } = view.vit;
  const other = against === undefined ? undefined : findTarget(config, against).index;
  return [...(other === undefined ? classes : classes.map(({ index }) => pairTarget(config, index, other))), ...concepts];
}

/** The part of the JSON report that is about a picture. */
export function imageReport(file: string, { grid, predictions, maps, similarities, milliseconds }: Explanation): ImageReport {
  const reports = maps.map((map) => mapReport(map, standingOf(map, predictions, similarities)));
  return { file, grid, predictions: predictions.slice(0, 5), maps: reports, milliseconds };
}

/** What the figures show. */
export interface FigureOptions extends Appearance {
  /** True for one more figure with all maps. */
  readonly sheet: boolean;
}

/**
 * Writes the picture as the model saw it, a figure for each map, a sheet for the parts of a map that has some, and the basis if there is one.
 *
 * @param stem the beginning of the paths of all files
 * @returns the paths of the files
 * @throws CliError `output` when a file cannot be written
 */
export async function writeFigures(stem: string, explanation: Explanation, options: FigureOptions): Promise<string[]> {
  const { photo, sheet } = options;
  const { picture, maps, predictions, similarities, basis } = explanation;
  const standing = (map: TokenMap): Standing => standingOf(map, predictions, similarities);
  const enlarged = enlargePicture(picture);
  const files: string[] = [];
  const write = async (file: string, figure: Picture): Promise<void> => {
    await writePng(file, figure);
    files.push(file);
  };
  if (photo) await write(`${stem}-picture.png`, enlarged);
  for (const map of maps) {
    const { target } = map;
    const { prediction } = standing(map);
    const about =
      prediction === undefined
        ? slug(target === undefined || target.kind === 'class' ? '' : target.name)
        : `-${prediction.index}${slug(prediction.label)}`;
    await write(`${stem}-${map.method}${about}.png`, drawFigure(enlarged, map, standing(map), options));
    if (map.parts)
      await write(`${stem}-${map.method}${about}-${map.parts.by}s.png`, drawPartsSheet(picture, map, map.parts, standing(map), options));
  }
  if (sheet && maps.length > 0) await write(`${stem}-sheet.png`, drawSheet(picture, maps, standing, options));
  if (basis !== undefined) {
    files.push(`${stem}${BASIS_FILE}`);
    await writeOutput(`${stem}${BASIS_FILE}`, basis.bytes);
  }
  return files;
}

/** A label as the end of a file name, such as `-rugby-ball`; empty for a class without a name. */
function slug(label: string): string {
  const [name = ''] = label.split(',');
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.match(/[a-z0-9]+/g) ?? [];
  return /^class \d+$/.test(label) || words.length === 0 ? '' : `-${words.join('-').slice(0, 40)}`;
}

/** Milliseconds rounded to whole microseconds. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
