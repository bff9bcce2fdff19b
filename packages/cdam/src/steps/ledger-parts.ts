/**
 * The parts of a ledger in ordinary memory: its shares by block or by head, what was read of no patch, and the proof that all of it is the
 * target.
 */
import { add, reshape, type Tensor, tidy } from '@cdam/tensor';
import { ledgerParts } from '../closed-form/ledger-parts.ts';
import { ExplanationError } from '../errors.ts';
import { magnitudeOf, type Parts, type PartsBy, type Share, totalOf, totalsOf } from '../maps/parts.ts';
import { type Completeness, readRows } from '../maps/token-map.ts';
import { headBiases, latentGradients } from '../targets/gradients.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';

/** The map of a target with its parts. */
export interface PartedScores {
  /** [patches] */
  readonly scores: Float32Array;
  readonly parts: Parts;
  readonly completeness: Completeness;
}

/**
 * Computes and reads the parts of targets. The head must read the class token alone.
 *
 * @throws ExplanationError `method` when the parts do not sum to the target
 */
export async function readLedgerParts(view: View, targets: readonly Target[], from: From, by: PartsBy): Promise<PartedScores[]> {
  const read = await readParts(view, targets, from);
  return read.map((numbers) => {
    const parts = partsOf(view, by, numbers);
    const [difference = Number.NaN] = numbers.explained;
    return { scores: sumOf(parts.shares.map(({ scores }) => scores)), parts, completeness: checkSum(parts, difference) };
  });
}

/** The numbers of one target, as `LedgerPartTensors` has them in their order. */
type Numbers = Readonly<Record<'readings' | 'biases' | 'embedding' | 'finalNorm' | 'head' | 'explained', Float32Array>>;

async function readParts(view: View, targets: readonly Target[], from: From): Promise<Numbers[]> {
  const { vit } = view;
  const { latent } = view.classRow;
  const rows = (x: Tensor): Tensor => reshape(x, [targets.length, -1]);
  const made = tidy(vit.backend, () => {
    const { readings, biases, embedding, finalNorm, explained } = ledgerParts(
      vit,
      view.stream,
      view.traces,
      latentGradients(vit, latent, targets, from),
    );
    const head = rows(headBiases(vit, latent, targets, from));
    return [rows(readings), rows(biases), embedding, finalNorm, head, add(explained, head)];
  });
  const [readings, biases, embedding, finalNorm, head, explained] = await Promise.all(made.map(readRows));
  const none = new Float32Array();
  return targets.map((_, i) => ({
    readings: readings?.[i] ?? none,
    biases: biases?.[i] ?? none,
    embedding: embedding?.[i] ?? none,
    finalNorm: finalNorm?.[i] ?? none,
    head: head?.[i] ?? none,
    explained: explained?.[i] ?? none,
  }));
}

function partsOf({ vit }: View, by: PartsBy, numbers: Numbers): Parts {
  const { depth, heads, prefixTokens } = vit.config;
  const tokens = numbers.readings.length / (depth * heads);
  const shareOf = (block: number, head: number): Share => {
    const row = numbers.readings.subarray((block * heads + head) * tokens, (block * heads + head + 1) * tokens);
    return { block, head, scores: row.slice(prefixTokens), prefix: row.slice(0, prefixTokens) };
  };
  const shares = Array.from({ length: depth }, (_, block) => {
    const ofHeads = Array.from({ length: heads }, (_, head) => shareOf(block, head));
    return by === 'head'
      ? ofHeads
      : [{ block, scores: sumOf(ofHeads.map(({ scores }) => scores)), prefix: sumOf(ofHeads.map(({ prefix }) => prefix)) }];
  });
  const kind = (at: number): Float32Array => Float32Array.from({ length: depth }, (_, block) => numbers.biases[3 * block + at] ?? 0);
  const [mlp, norm2, projection] = [kind(0), kind(1), kind(2)];
  const [embedding = 0] = numbers.embedding;
  const [finalNorm = 0] = numbers.finalNorm;
  const [head = 0] = numbers.head;
  return { by, shares: shares.flat(), embedding, biases: { projection, mlp, norm2, finalNorm, head } };
}

/** The sum of rows of equal length. */
function sumOf(rows: readonly Float32Array[]): Float32Array {
  return Float32Array.from({ length: rows[0]?.length ?? 0 }, (_, i) => totalOf(rows.map((row) => row[i] ?? 0)));
}

/** How far the sum of the parts may be from the target, as a share of the sum of their magnitudes: the rounding of 32-bit floats. */
const GAP = 1e-4;

function checkSum(parts: Parts, difference: number): Completeness {
  const { sum } = totalsOf(parts);
  if (Math.abs(sum - difference) <= GAP * magnitudeOf(parts)) return { sum, difference };
  throw new ExplanationError(
    'method',
    `ledger: the parts sum to ${sum.toPrecision(6)}, but the target is ${difference.toPrecision(6)}; weights in half precision may do this: load them in f32`,
  );
}
