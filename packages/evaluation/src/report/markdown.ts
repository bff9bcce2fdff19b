/**
 * The report as Markdown.
 */
import { bestMethod, type Cell, type Comparison, type EvaluationReport, type MetricSummary } from './summary.ts';
import {
  COSTS,
  capitalised,
  comparisonNote,
  costRows,
  headline,
  missingLines,
  problemLines,
  shortNumber,
  signedNumber,
  titleOf,
} from './wording.ts';

/** The report as Markdown, with a title and a table for each group of metrics. */
export function markdownReport(report: EvaluationReport): string {
  const groups = [...new Set(report.metrics.map(({ group }) => group))];
  return [
    `# ${titleOf(report)}`,
    headline(report),
    'Means over pictures, with 95 % bootstrap intervals; ↑ higher is better, ↓ lower is better; the best mean of five pictures or more (noise aside) is bold.',
    ...groups.flatMap((group) => tablesOf(group, report)),
    ...comparisonOf(report.comparison),
    '## What it cost',
    COSTS,
    tableOf([['', 'name', 'per picture'], ...costRows(report)]),
    ...missingOf(report),
  ]
    .join('\n\n')
    .concat('\n');
}

function tablesOf(group: string, { metrics, settings }: EvaluationReport): string[] {
  const own = metrics.filter((metric) => metric.group === group);
  const rows = settings.methods.map((method, i) => [method, ...own.map((metric) => cellText(metric, metric.cells[i]))]);
  return [
    `## ${capitalised(group)}`,
    tableOf([headerOf(own), ...rows]),
    own.map(({ name, summary }) => `- \`${name}\`: ${summary}`).join('\n'),
  ];
}

function headerOf(metrics: readonly MetricSummary[]): string[] {
  return ['method', ...metrics.map(({ name, direction }) => `${name} ${direction === 'higher' ? '↑' : '↓'}`)];
}

/** The differences to the baseline, in a table for each group. */
function comparisonOf(comparison: Comparison | null): string[] {
  if (comparison === null) return [];
  const { baseline, metrics } = comparison;
  const tables = [...new Set(metrics.map(({ group }) => group))].map((group) => {
    const own = metrics.filter((metric) => metric.group === group);
    const methods = own[0]?.cells.map(({ method }) => method) ?? [];
    return tableOf([headerOf(own), ...methods.map((method, i) => [method, ...own.map(({ cells }) => differenceText(cells[i]))])]);
  });
  return [`## Differences to ${baseline}`, comparisonNote(comparison), ...tables];
}

function missingOf(report: EvaluationReport): string[] {
  const lines = [...missingLines(report), ...problemLines(report)];
  return lines.length === 0 ? [] : ['## What is missing', lines.map((line) => `- ${line}`).join('\n')];
}

function cellText(metric: MetricSummary, cell: Cell | undefined): string {
  if (cell === undefined || cell.mean === null || cell.low === null || cell.high === null) return '–';
  const mean = shortNumber(cell.mean);
  return `${bestMethod(metric) === cell.method ? `**${mean}**` : mean} [${shortNumber(cell.low)}, ${shortNumber(cell.high)}]`;
}

function differenceText(cell: Cell | undefined): string {
  if (cell === undefined || cell.mean === null || cell.low === null || cell.high === null) return '–';
  return `${signedNumber(cell.mean)} [${signedNumber(cell.low)}, ${signedNumber(cell.high)}] (${cell.count})`;
}

function tableOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
