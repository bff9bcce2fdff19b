/**
 * The plot of one metric as SVG: a row for each method with its mean and interval.
 */
import { bestMethod, type MetricSummary, shortNumber } from './summary.ts';

/** In units of the drawing. */
const WIDTH = 460;
const LEFT = 140;
const RIGHT = 60;
const ROW = 20;
const TOP = 8;
const BOTTOM = 24;

/** A drawing that takes its colours from the page: the classes `axis`, `row`, `best`. */
export function plotOf(metric: MetricSummary): string {
  const known = metric.cells.flatMap(({ low, high }) => [low, high]).filter((value) => value !== null);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  const at = (value: number): number => LEFT + ((value - least) / (most - least || 1)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + metric.cells.length * ROW + BOTTOM;
  const best = bestMethod(metric);
  const rows = metric.cells.map(({ method, mean, low, high }, i) => {
    const y = TOP + (i + 0.5) * ROW;
    const name = `<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${escapeXml(method)}</text>`;
    if (mean === null || low === null || high === null) return `<g class="row">${name}<text x="${at(0) + 6}" y="${y + 4}">–</text></g>`;
    const interval = `<line x1="${at(low).toFixed(1)}" x2="${at(high).toFixed(1)}" y1="${y}" y2="${y}"/>`;
    const dot = `<circle cx="${at(mean).toFixed(1)}" cy="${y}" r="4"/>`;
    const value = `<text x="${WIDTH - RIGHT + 10}" y="${y + 4}">${shortNumber(mean)}</text>`;
    return `<g class="row${method === best ? ' best' : ''}">${name}${interval}${dot}${value}</g>`;
  });
  const bottom = height - BOTTOM;
  const ticks = [...new Set([least, 0, most])].map(
    (value) => `<text x="${at(value).toFixed(1)}" y="${height - 6}" text-anchor="middle">${shortNumber(value)}</text>`,
  );
  const zero = `<line x1="${at(0)}" x2="${at(0)}" y1="${TOP}" y2="${bottom}"/>`;
  const base = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`;
  const axis = `<g class="axis">${zero}${base}${ticks.join('')}</g>`;
  const label = escapeXml(`${metric.name} by method`);
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${axis}${rows.join('')}</svg>`;
}

/** Text for the inside of elements and of attributes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
