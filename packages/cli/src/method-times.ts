/**
 * `cdam explain --times`: what each method costs somebody who asks for it alone. In every round each method begins with a look that keeps
 * what it needs and ends with the scores of its map in JavaScript; so nothing is shared, and no method pays for another. All take turns with
 * the forward pass, so that other work of the machine slows all of them alike.
 */
import { tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { findMethod, keepFor, look, type MethodName, type Target } from 'cdam';
import { type MethodOptionValues, optionsFor } from './method-options.ts';

/** The times of one contestant, in milliseconds. */
export interface MethodTime {
  /** The method; undefined for the forward pass. */
  readonly method: MethodName | undefined;
  /** One for each of its rounds, without the first, which compiles. */
  readonly times: readonly number[];
}

/** What is timed. */
export interface Contest {
  readonly vit: VisionTransformer;
  /** The input, [channels, inputHeight, inputWidth]. */
  readonly pixels: Float32Array;
  readonly methods: readonly MethodName[];
  readonly options: MethodOptionValues;
  /** What class-specific methods explain. */
  readonly target: Target | undefined;
}

const HEAD = 'alone, one target';
const ROUNDS = 7;
/** Who has run for longer than this, in milliseconds, takes no further turns. */
const PATIENCE = 15_000;

/**
 * Times the forward pass and each method, from the input to the result, with one target.
 * @throws ExplanationError for a method that does not apply to the model
 */
export async function timeMethods({ vit, pixels, methods, options, target }: Contest): Promise<MethodTime[]> {
  const turns = [
    ...(vit.config.classes === 0 ? [] : [{ method: undefined, run: () => forward(vit, pixels) }]),
    ...methods.map((name) => ({ method: name, run: () => explainAlone(vit, pixels, name, target, optionsFor(name, options)) })),
  ].map((turn) => ({ ...turn, times: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { run, times } of turns) {
      if (times.reduce((sum, time) => sum + time, 0) > PATIENCE) continue;
      const started = performance.now();
      await run();
      if (round > 0) times.push(performance.now() - started);
    }
  }
  return turns.map(({ method, times }) => ({ method, times }));
}

async function forward(vit: VisionTransformer, pixels: Float32Array): Promise<void> {
  const { channels, inputHeight, inputWidth } = vit.config;
  using logits = tidy(vit.backend, () => vit.forward(tensor(vit.backend, pixels, [1, channels, inputHeight, inputWidth])));
  await logits.data();
}

async function explainAlone(
  vit: VisionTransformer,
  pixels: Float32Array,
  name: MethodName,
  target: Target | undefined,
  options: MethodOptionValues,
): Promise<void> {
  const method = findMethod(name);
  using view = look(vit, pixels, { keep: keepFor([method]) });
  await method.read(view, target === undefined ? [] : [target], options);
}

/** The times as lines of text: medians, their range, and the median of how many forward passes of the same round that is. */
export function timeLines(measured: readonly MethodTime[]): string[] {
  const label = ({ method }: MethodTime): string => method ?? 'forward pass';
  const width = Math.max(HEAD.length, ...measured.map((time) => label(time).length));
  const whole = measured.find(({ method }) => method === undefined);
  const rows = measured.map((one) => {
    // Within a round both were slowed by the same other work of the machine.
    const share = whole === undefined ? '' : medianOf(one.times.map((time, i) => time / (whole.times[i] ?? Number.NaN))).toFixed(2);
    const range = `${Math.min(...one.times).toFixed(1)}–${Math.max(...one.times).toFixed(1)}`;
    return `${label(one).padEnd(width)}${medianOf(one.times).toFixed(1).padStart(10)}${range.padStart(20)}${share.padStart(12)}`;
  });
  return [
    '',
    `${HEAD.padEnd(width)}${'ms'.padStart(10)}${'range'.padStart(20)}${'× forward'.padStart(12)}`,
    ...rows,
    `medians of up to ${ROUNDS} rounds, from the input to the scores: a look that keeps what the method needs, and its map`,
  ];
}

/** The median; the upper one of two. */
function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
