/**
 * The report of a benchmark as Markdown, for documents and pull requests.
 */
import { type BenchReport, bestMethod, type Cell, duration, type MetricSummary, shortNumber } from './summary.ts';

/** How to read the costs. */
export const COSTS: string =
  'A method’s time is that of its map, together with those of the classes it is compared with where a metric asks for them; ' +
  'a metric’s is for the maps of all methods.';

export function markdownOf(report: BenchReport): string {
  const groups = [...new Set(report.metrics.map(({ group }) => group))];
  return [
    `# Benchmark of ${report.settings.model}`,
    headline(report),
    'Means over pictures, with 95 % bootstrap intervals; ↑ higher is better, ↓ lower is better; the best mean (noise aside) is bold.',
    ...groups.flatMap((group) => tablesOf(group, report)),
    '## What it cost',
    costsOf(report),
    ...(report.problems.length === 0 ? [] : ['## What is missing', problemsOf(report)]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What was measured, in a sentence or two. */
export function headline({ settings, backend, measured, accuracy }: BenchReport): string {
  const { images, weights, input, target, seed, steps, draws } = settings;
  const right = accuracy === null ? '' : ` The model's best class is the label in ${(100 * accuracy).toFixed(1)} % of them.`;
  const explained = target === 'label' ? 'the labelled class' : 'the predicted class';
  const lots = `seed ${seed}, curves in ${steps} steps, ${draws} random regions`;
  return `${measured} of ${images} pictures (${input}) on ${backend}${weights === 'f16' ? ', weights in f16' : ''}, explaining ${explained}; ${lots}.${right}`;
}

function tablesOf(group: string, { metrics, settings }: BenchReport): string[] {
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

function costsOf({ costs }: BenchReport): string {
  const rows = (kind: string, times: Readonly<Record<string, number>>): string[][] =>
    Object.entries(times).map(([name, time]) => [kind, name, duration(time)]);
  const table = tableOf([
    ['', 'name', 'per picture'],
    ['look', 'backbone and predictions', duration(costs.look)],
    ...rows('method', costs.methods),
    ...rows('metric', costs.metrics),
  ]);
  return `${COSTS}\n\n${table}`;
}

function problemsOf({ problems }: BenchReport): string {
  return problems.map(({ problem, pictures }) => `- ${problem} (${pictures} ${pictures === 1 ? 'picture' : 'pictures'})`).join('\n');
}

function tableOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
