/**
 * The plot of a metric as SVG: one row for each method, with its mean and interval.
 */
import { bestMethod, type MetricSummary } from './summary.ts';
import { shortNumber } from './wording.ts';

/** Sizes of the parts of the drawing, in its units. */
const PLOT = 260;
const NARROWEST_NAMES = 140;
const LETTER = 6.7;
const RIGHT = 60;
const ROW = 20;
const TOP = 8;
const BOTTOM = 24;
/** The least distance between numbers under the axis, so that they do not touch. */
const TICK = 36;

/** The plot of a metric. Its colours come from the style of the page, by the classes `axis`, `row` and `best`. */
export function plotOf(metric: MetricSummary): string {
  const known = metric.cells.flatMap(({ low, high }) => [low, high]).filter((value) => value !== null);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  const left = Math.max(NARROWEST_NAMES, 16 + LETTER * Math.max(...metric.cells.map(({ method }) => method.length)));
  const width = left + PLOT + RIGHT;
  const at = (value: number): number => left + ((value - least) / (most - least || 1)) * PLOT;
  const height = TOP + metric.cells.length * ROW + BOTTOM;
  const best = bestMethod(metric);
  const rows = metric.cells.map(({ method, mean, low, high }, i) => {
    const y = TOP + (i + 0.5) * ROW;
    const name = `<text x="${left - 8}" y="${y + 4}" text-anchor="end">${escapeXml(method)}</text>`;
    if (mean === null || low === null || high === null) return `<g class="row">${name}<text x="${at(0) + 6}" y="${y + 4}">–</text></g>`;
    const interval = `<line x1="${at(low).toFixed(1)}" x2="${at(high).toFixed(1)}" y1="${y}" y2="${y}"/>`;
    const dot = `<circle cx="${at(mean).toFixed(1)}" cy="${y}" r="4"/>`;
    const value = `<text x="${left + PLOT + 10}" y="${y + 4}">${shortNumber(mean)}</text>`;
    return `<g class="row${method === best ? ' best' : ''}">${name}${interval}${dot}${value}</g>`;
  });
  const bottom = height - BOTTOM;
  const ticks = [0, ...[least, most].filter((end) => Math.abs(at(end) - at(0)) >= TICK)].map(
    (value) => `<text x="${at(value).toFixed(1)}" y="${height - 6}" text-anchor="middle">${shortNumber(value)}</text>`,
  );
  const zero = `<line x1="${at(0)}" x2="${at(0)}" y1="${TOP}" y2="${bottom}"/>`;
  const base = `<line x1="${left}" x2="${left + PLOT}" y1="${bottom}" y2="${bottom}"/>`;
  const axis = `<g class="axis">${zero}${base}${ticks.join('')}</g>`;
  const label = escapeXml(`${metric.name} by method`);
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${axis}${rows.join('')}</svg>`;
}

/** Escapes a text so that it can stand inside an element or an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
