/**
 * The report as Markdown.
 */
import { bestMethod, type Cell, type EvaluationReport, type MetricSummary } from './summary.ts';
import { COSTS, capitalised, costRows, headline, problemLines, shortNumber, titleOf } from './wording.ts';

/** The report as Markdown, with a title and a table for each group of metrics. */
export function markdownReport(report: EvaluationReport): string {
  const groups = [...new Set(report.metrics.map(({ group }) => group))];
  return [
    `# ${titleOf(report)}`,
    headline(report),
    'Means over pictures, with 95 % bootstrap intervals; ↑ higher is better, ↓ lower is better; the best mean (noise aside) is bold.',
    ...groups.flatMap((group) => tablesOf(group, report)),
    '## What it cost',
    COSTS,
    tableOf([['', 'name', 'per picture'], ...costRows(report)]),
    ...(report.problems.length === 0
      ? []
      : [
          '## What is missing',
          problemLines(report)
            .map((line) => `- ${line}`)
            .join('\n'),
        ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function tablesOf(group: string, { metrics, settings }: EvaluationReport): string[] {
  const own = metrics.filter((metric) => metric.group === group);
  const header = ['method', ...own.map(({ name, direction }) => `${name} ${direction === 'higher' ? '↑' : '↓'}`)];
  const rows = settings.methods.map((method, i) => [method, ...own.map((metric) => cellText(metric, metric.cells[i]))]);
  return [`## ${capitalised(group)}`, tableOf([header, ...rows]), own.map(({ name, summary }) => `- \`${name}\`: ${summary}`).join('\n')];
}

function cellText(metric: MetricSummary, cell: Cell | undefined): string {
  if (cell === undefined || cell.mean === null || cell.low === null || cell.high === null) return '–';
  const mean = shortNumber(cell.mean);
  return `${bestMethod(metric) === cell.method ? `**${mean}**` : mean} [${shortNumber(cell.low)}, ${shortNumber(cell.high)}]`;
}

function tableOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
