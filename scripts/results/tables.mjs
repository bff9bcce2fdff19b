/**
 * Writes the tables of a document from reports: between the marks `<!-- table name -->` and `<!-- end -->` stands the table of that name
 * in plan.mjs. A test holds the tables of docs/results.md against the reports beside it.
 */
import { TABLES } from './plan.mjs';

/** @typedef {{ method: string, mean: number | null, low: number | null, high: number | null, count: number }} Cell */
/** @typedef {{ name: string, direction: 'higher' | 'lower', cells: readonly Cell[] }} MetricSummary */
/** @typedef {{ measured: number, metrics: readonly MetricSummary[], comparison: { metrics: readonly MetricSummary[] } | null }} Report */

const MARKED = /(<!-- table ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * The text with all of its tables made anew.
 *
 * @param {string} text
 * @param {(name: string) => Report} reportOf by the names of plan.mjs
 * @returns {string}
 */
export function fillTables(text, reportOf) {
  return text.replace(MARKED, (_, begin, name, end) => {
    const table = TABLES[name];
    if (table === undefined) throw new RangeError(`there is no table "${name}" in plan.mjs`);
    const columns = table.columns.map((column) => ({ ...column, summary: summaryOf(reportOf(column.report), column) }));
    const header = ['method', ...columns.map(({ title, summary, difference }) => `${title}${difference ? '' : arrowOf(summary)}`)];
    const rows = table.methods.map((method) => [
      `\`${method}\``,
      ...columns.map(({ summary, difference }) => cellText(summary, method, difference === true, table.methods)),
    ]);
    const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
    const rule = header.map((_title, i) => (i === 0 ? '---' : '---:'));
    return `${begin}\n${[line(header), line(rule), ...rows.map(line)].join('\n')}\n\n${end}`;
  });
}

/** @param {Report} report @param {{ report: string, metric: string, difference?: boolean }} column */
function summaryOf(report, { report: name, metric, difference }) {
  const found = (difference ? report.comparison?.metrics : report.metrics)?.find((summary) => summary.name === metric);
  if (found === undefined) throw new RangeError(`the report ${name} has no ${metric}${difference ? ' compared with another method' : ''}`);
  return found;
}

/** @param {MetricSummary} summary */
function arrowOf({ direction }) {
  return direction === 'higher' ? ' ↑' : ' ↓';
}

/**
 * A mean ± half of its interval, bold where it is the best of the rows (noise aside); or a difference with its interval.
 *
 * @param {MetricSummary} summary @param {string} method @param {boolean} difference @param {readonly string[]} rows
 */
function cellText(summary, method, difference, rows) {
  const cell = summary.cells.find((candidate) => candidate.method === method);
  if (cell === undefined || cell.mean === null || cell.low === null || cell.high === null) return '';
  if (difference) return `${signed(cell.mean)} [${signed(cell.low)}, ${signed(cell.high)}]`;
  const sign = summary.direction === 'higher' ? 1 : -1;
  const rivals = summary.cells.flatMap((rival) =>
    rows.includes(rival.method) && rival.method !== 'random' && rival.mean !== null ? [sign * rival.mean] : [],
  );
  const mean = plain(cell.mean);
  return `${sign * cell.mean === Math.max(...rivals) ? `**${mean}**` : mean} ± ${((cell.high - cell.low) / 2).toFixed(2)}`;
}

/** @param {number} value */
function plain(value) {
  return value.toFixed(2).replace('-', '−').replace('−0.00', '0.00');
}

/** @param {number} value */
function signed(value) {
  return `${value >= 0.005 ? '+' : ''}${plain(value)}`;
}
