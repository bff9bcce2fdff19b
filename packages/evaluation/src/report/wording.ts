/**
 * Texts that all forms of the report share.
 */
import { type Comparison, type EvaluationReport, FEW } from './summary.ts';

/** The explanation of the table of costs. */
export const COSTS: string =
  'The look keeps what the methods go back through, so its time is that of all of them together. The time of a method is what it adds, with ' +
  'what other methods before it have left undone, for its map and for the maps of other classes where a metric needs them; ' +
  '`cdam explain --times` says what a method costs alone. The time of a metric is for the maps of all methods.';

/** The title of the report. */
export function titleOf({ settings }: EvaluationReport): string {
  return `Evaluation of ${settings.model}`;
}

/** What was measured, in one or two sentences. */
export function headline({ settings, backend, measured, accuracy }: EvaluationReport): string {
  const { images, weights, input, target, seed, steps, draws } = settings;
  const right = accuracy === null ? '' : ` The model's best class is the label in ${(100 * accuracy).toFixed(1)} % of them.`;
  const explained = target === 'label' ? 'the labelled class' : 'the predicted class';
  const random = `seed ${seed}, curves in ${steps} steps, ${draws} random regions`;
  return `${measured} of ${images} pictures (${input}) on ${backend}${weights === 'f16' ? ', weights in f16' : ''}, explaining ${explained}; ${random}.${right}${fewNote(measured)}`;
}

function fewNote(measured: number): string {
  if (measured >= FEW) return '';
  return ` Intervals of fewer than ${FEW} pictures mean little, so no mean is marked as the best.`;
}

/** The explanation of the table of differences. */
export function comparisonNote({ baseline }: Comparison): string {
  return (
    `What the number of a method has more than that of ${baseline} in the same picture: means over the pictures where both have one, ` +
    'with 95 % bootstrap intervals, and in brackets how many pictures these are. After ↑ a positive difference is better, after ↓ a negative one.'
  );
}

/** Pictures without a number, one line for each method and count of pictures. */
export function missingLines({ metrics, measured, settings }: EvaluationReport): string[] {
  return settings.methods.flatMap((method, i) => {
    const counts = metrics
      .map(({ name, cells }) => ({ name, missing: measured - (cells[i]?.count ?? 0) }))
      .filter(({ missing }) => missing > 0);
    return [...new Set(counts.map(({ missing }) => missing))].map((missing) => {
      const names = counts.filter((count) => count.missing === missing).map(({ name }) => name);
      return `${method}: ${missing} of ${measured} pictures have no number of ${names.join(', ')}`;
    });
  });
}

/** The rows of the table of costs: a method or a metric, its name, and its time per picture. */
export function costRows({ costs }: EvaluationReport): string[][] {
  const rows = (kind: string, times: Readonly<Record<string, number>>): string[][] =>
    Object.entries(times).map(([name, time]) => [kind, name, duration(time)]);
  const look = ['look', 'backbone and predictions', duration(costs.look)];
  return [look, ...rows('method', costs.methods), ...rows('metric', costs.metrics)];
}

/** The reasons why numbers are missing, one line for each. */
export function problemLines({ problems }: EvaluationReport): string[] {
  return problems.map(({ problem, pictures }) => `${problem} (${pictures} ${pictures === 1 ? 'picture' : 'pictures'})`);
}

/** The text with a capital first letter. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A number with three significant digits: `0.421`, `12.3`. */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  const text = rounded.toFixed(Math.min(3, digits));
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** The same with a sign, for differences: `+0.421`, `-12.3`, `0`. */
export function signedNumber(value: number): string {
  const text = shortNumber(value);
  return Number(text) > 0 ? `+${text}` : text;
}

/** A time in a unit that suits it: `840 ms`, `12.5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
