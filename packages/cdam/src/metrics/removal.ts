/**
 * What the model says about a picture without some of its patches. A removed patch is replaced by something that shows little, or its
 * token is dropped.
 *
 * Patches do not overlap and are embedded one by one. So the embedding of a picture with replaced patches has for each patch either the
 * row of the picture or the row of its replacement. Both pictures are embedded once, and every variant is then a choice of rows; to drop a
 * token is to choose neither row. Sequences of equal length go through the model together, in batches that fit into memory.
 */
import { concat, reshape, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { classesAreIndependent, type OutputKind, probabilitiesOf } from '../targets/classes.ts';
import { batchMemory, inBatches } from '../view/batches.ts';
import type { View } from '../view/view.ts';
import { blur } from './blur.ts';

/**
 * What replaces a removed patch. `mean`: the mean of each channel over the picture. `zero`: zero in the normalised input, which is the
 * mean colour of the training set. `blur`: the picture blurred by a Gaussian with a deviation of 14 pixels. `drop`: nothing; the token is
 * left out after the position embedding, so the sequence is shorter. Prefix tokens always stay.
 */
export type Removal = 'mean' | 'zero' | 'blur' | 'drop';

/** Flags of the patches, row by row: 1 for a patch that is removed. */
export type Removed = Uint8Array;

/** Flags for the patches of a list. */
export function flagsOf(patches: readonly number[], count: number): Removed {
  const flags = new Uint8Array(count);
  for (const patch of patches) flags[patch] = 1;
  return flags;
}

/** The score of a class. */
export interface ClassScore {
  readonly logit: number;
  /** The softmax over all classes; where classes are independent, the sigmoid of the logit. */
  readonly probability: number;
  /**
   * Whether the model predicts the class: no other has a higher logit or, where classes are independent, its probability is at least a
   * half. False for the outputs of a regression, which are no classes.
   */
  readonly predicted: boolean;
}

/** The score where nothing is known. */
const UNKNOWN: ClassScore = { logit: Number.NaN, probability: Number.NaN, predicted: false };

/** The deviation of the Gaussian in pixels, as of Pillow's `GaussianBlur(14)` in the authors' evaluation. */
const BLUR_RADIUS = 14;

/**
 * The score of a class in a picture without some patches, for each choice of patches. Equal choices are computed once.
 *
 * @param target class index
 * @param removed the choices, [patches] each
 */
export async function scoresWithout(view: View, target: number, removed: readonly Removed[], how: Removal): Promise<ClassScore[]> {
  const { vit } = view;
  const sequences = new Map<string, number[]>();
  const keys = removed.map((flags) => {
    const key = flags.join('');
    if (!sequences.has(key)) sequences.set(key, rowsOf(vit, flags, how));
    return key;
  });
  using rows = tidy(vit.backend, () => embeddedRows(view, how));
  const scores = new Map<string, ClassScore>();
  for (const batch of batchesOf(vit, sequences)) {
    const chosen = batch.map(([, sequence]) => sequence);
    using logits = tidy(vit.backend, () => vit.classify(vit.latentsOf(rows, chosen)));
    const values = await logits.data();
    batch.forEach(([key], i) => {
      scores.set(key, scoreOf(values.subarray(i * vit.config.classes, (i + 1) * vit.config.classes), target, vit.config));
    });
  }
  return keys.map((key) => scores.get(key) ?? UNKNOWN);
}

/**
 * The score of a class in pictures that were changed in any way.
 *
 * @param target class index
 * @param pictures inputs of the model, [channels, inputHeight, inputWidth] each
 */
export async function scoresOfPictures(vit: VisionTransformer, target: number, pictures: readonly Float32Array[]): Promise<ClassScore[]> {
  const { channels, inputHeight, inputWidth, classes } = vit.config;
  const scores: ClassScore[] = [];
  for (const batch of inBatches(pictures, vit.activationBytes(), batchMemory(vit.backend))) {
    const pixels = new Float32Array(batch.length * channels * inputHeight * inputWidth);
    for (const [i, picture] of batch.entries()) pixels.set(picture, i * picture.length);
    using logits = tidy(vit.backend, () => vit.forward(tensor(vit.backend, pixels, [batch.length, channels, inputHeight, inputWidth])));
    const values = await logits.data();
    for (const i of batch.keys()) scores.push(scoreOf(values.subarray(i * classes, (i + 1) * classes), target, vit.config));
  }
  return scores;
}

/** @param logits of one picture, [classes] */
function scoreOf(logits: Float32Array, target: number, scheme: OutputKind): ClassScore {
  const [logit = Number.NaN, probability = Number.NaN] = [logits[target], probabilitiesOf(logits, scheme)[target]];
  const first = classesAreIndependent(scheme) ? probability >= 0.5 : logits.every((other) => other <= logit);
  return { logit, probability, predicted: first && !scheme.regression };
}

/** The most patches that can be removed. A head that reads the mean over the patches needs one of them. */
export function mostRemovable({ vit, grid }: View, how: Removal): number {
  const patches = grid[0] * grid[1];
  return how === 'drop' && vit.config.pool === 'avg' ? patches - 1 : patches;
}

/** How far the logit falls when patches are removed, f(x) − f(x without them), for each choice of patches. */
export async function logitDrops(view: View, target: number, removed: readonly Removed[], how: Removal): Promise<number[]> {
  const nothing = new Uint8Array(view.grid[0] * view.grid[1]);
  const [whole, ...parts] = await scoresWithout(view, target, [nothing, ...removed], how);
  return parts.map(({ logit }) => (whole?.logit ?? Number.NaN) - logit);
}

/** The embedded rows of the picture and, unless tokens are dropped, below them those of its replacement: [rows, width]. */
function embeddedRows(view: View, how: Removal): Tensor {
  const { vit } = view;
  const { channels, inputHeight, inputWidth, width } = vit.config;
  const embedded = vit.embed(view.input());
  if (how === 'drop') return reshape(embedded, [-1, width]);
  const replacement = tensor(vit.backend, replacementOf(view, how), [1, channels, inputHeight, inputWidth]);
  return reshape(concat([embedded, vit.embed(replacement)], 1), [-1, width]);
}

function replacementOf({ vit, pixels }: View, how: Exclude<Removal, 'drop'>): Float32Array {
  const { channels, inputHeight, inputWidth } = vit.config;
  if (how === 'blur') return blur(pixels, [channels, inputHeight, inputWidth], BLUR_RADIUS);
  const out = new Float32Array(pixels.length);
  if (how === 'zero') return out;
  const area = inputHeight * inputWidth;
  for (let c = 0; c < channels; c++) {
    const sum = pixels.subarray(c * area, (c + 1) * area).reduce((total, value) => total + value, 0);
    out.fill(sum / area, c * area, (c + 1) * area);
  }
  return out;
}

/** The indices of the rows of `embeddedRows` that make up a sequence. */
function rowsOf({ config: { prefixTokens } }: VisionTransformer, flags: Removed, how: Removal): number[] {
  const tokens = prefixTokens + flags.length;
  const prefix = Array.from({ length: prefixTokens }, (_, i) => i);
  const patches = Array.from(flags, (gone, i) => prefixTokens + i + (gone ? tokens : 0));
  return [...prefix, ...(how === 'drop' ? patches.filter((row) => row < tokens) : patches)];
}

/** Batches of sequences of equal length that fit into memory. */
function batchesOf(vit: VisionTransformer, sequences: ReadonlyMap<string, number[]>): (readonly [string, number[]])[][] {
  const byLength = new Map<number, (readonly [string, number[]])[]>();
  for (const entry of sequences) {
    const same = byLength.get(entry[1].length);
    if (same === undefined) byLength.set(entry[1].length, [entry]);
    else same.push(entry);
  }
  return Array.from(byLength, ([tokens, entries]) => inBatches(entries, vit.activationBytes(tokens), batchMemory(vit.backend))).flat();
}
