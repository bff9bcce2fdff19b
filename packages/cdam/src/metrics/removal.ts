/**
 * What the model says of a picture without some of its patches. A removed patch is replaced by something that says little, or
 * dropped as a token.
 *
 * Patches do not overlap and are embedded one by one, so a picture with replaced patches has, token by token, either the embedding of
 * the picture or that of its replacement. Both are embedded once; every variant is then a choice of rows, and dropping a token is the
 * same without a second choice. Sequences of equal length run together, in batches that fit into memory.
 */
import { concat, reshape, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { probabilitiesOf } from '../targets/classes.ts';
import { batchMemory, inBatches } from '../view/batches.ts';
import type { View } from '../view/view.ts';
import { blur } from './blur.ts';

/**
 * `mean`: each channel's mean over the picture. `zero`: zero of the normalised input, the mean colour of the training set. `blur`: the
 * picture under a Gaussian of 14 pixels' deviation. `drop`: the token is left out after the position embedding, and the sequence is
 * shorter; prefix tokens stay.
 */
export type Removal = 'mean' | 'zero' | 'blur' | 'drop';

/** Which patches are gone: 1 where they are, row by row. */
export type Removed = Uint8Array;

export interface ClassScore {
  readonly logit: number;
  /** Softmax over the classes; sigmoid where classes are independent. */
  readonly probability: number;
}

/** In pixels, the deviation of the Gaussian: Pillow's `GaussianBlur(14)`, as in the authors' evaluation. */
const BLUR_RADIUS = 14;

/**
 * The score of a class in a picture without some patches, for each choice of patches. Equal choices are computed once.
 *
 * @param target class index
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
      const row = values.subarray(i * vit.config.classes, (i + 1) * vit.config.classes);
      scores.set(key, { logit: row[target] ?? Number.NaN, probability: probabilitiesOf(row, vit.config)[target] ?? Number.NaN });
    });
  }
  return keys.map((key) => scores.get(key) ?? { logit: Number.NaN, probability: Number.NaN });
}

/** How much the logit falls without each choice of patches: f(x) − f(x without them). */
export async function logitDrops(view: View, target: number, removed: readonly Removed[], how: Removal): Promise<number[]> {
  const nothing = new Uint8Array(view.grid[0] * view.grid[1]);
  const [whole, ...parts] = await scoresWithout(view, target, [nothing, ...removed], how);
  return parts.map(({ logit }) => (whole?.logit ?? Number.NaN) - logit);
}

/** The tokens of the picture and, below them, those of its replacement: [tokens or twice as many, width]. */
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

/** Rows of `embeddedRows` that make up the sequence. */
function rowsOf({ config: { prefixTokens } }: VisionTransformer, flags: Removed, how: Removal): number[] {
  const tokens = prefixTokens + flags.length;
  const prefix = Array.from({ length: prefixTokens }, (_, i) => i);
  const patches = Array.from(flags, (gone, i) => prefixTokens + i + (gone ? tokens : 0));
  return [...prefix, ...(how === 'drop' ? patches.filter((row) => row < tokens) : patches)];
}

/** Sequences of equal length, as many at a time as fit into memory. */
function batchesOf(vit: VisionTransformer, sequences: ReadonlyMap<string, number[]>): (readonly [string, number[]])[][] {
  const byLength = new Map<number, (readonly [string, number[]])[]>();
  for (const entry of sequences) {
    const same = byLength.get(entry[1].length);
    if (same === undefined) byLength.set(entry[1].length, [entry]);
    else same.push(entry);
  }
  return Array.from(byLength, ([tokens, entries]) => inBatches(entries, vit.activationBytes(tokens), batchMemory(vit.backend))).flat();
}
