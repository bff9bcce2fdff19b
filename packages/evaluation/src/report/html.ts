/**
 * The report as a web page with plots, numbers, example maps and costs. It needs no other file than the images of the example maps.
 */
import type { Example } from './examples.ts';
import { escapeXml, plotOf } from './plots.ts';
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

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1c; --faint: #6a6a6a; --line: #d5d5d5; --paper: #fff; --best: #b35900; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --faint: #a0a0a0; --line: #444; --paper: #161616; --best: #ffa600; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h3 { margin: 0; font-size: 1rem; } p.note, figcaption { color: var(--faint); margin: 0.2rem 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(400px, 1fr)); gap: 1.5rem; }
svg { width: 100%; font-size: 12px; } svg text { fill: var(--ink); } .axis line { stroke: var(--line); } .axis text { fill: var(--faint); }
.row line { stroke: var(--faint); stroke-width: 2; } .row circle { fill: var(--ink); }
.best line { stroke: var(--best); } .best circle, .best text { fill: var(--best); font-weight: bold; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; margin: 1rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.6rem; text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
td.best { color: var(--best); font-weight: bold; } td small { color: var(--faint); font-weight: normal; }
.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 0.6rem; margin-bottom: 1.5rem; }
figure { margin: 0; } img { width: 100%; display: block; image-rendering: pixelated; } figcaption { font-size: 12px; }`;

/** The report as HTML. @param examples pictures to show, whose paths are relative to the page */
export function htmlReport(report: EvaluationReport, examples: readonly Example[]): string {
  const title = titleOf(report);
  const groups = [...new Set(report.metrics.map(({ group }) => group))];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeXml(title)}</title>
<style>${STYLE}</style></head>
<body>
<h1>${escapeXml(title)}</h1>
<p>${escapeXml(headline(report))}</p>
<p class="note">Means over pictures with 95 % bootstrap intervals. ↑ higher is better, ↓ lower is better; the best mean (noise aside)
is in colour.</p>
${groups.map((group) => sectionOf(group, report)).join('\n')}
${comparisonOf(report.comparison)}
${examplesOf(examples)}
${costsOf(report)}
${problemsOf(report)}
</body>
</html>
`;
}

function arrow({ direction }: MetricSummary): string {
  return direction === 'higher' ? '↑' : '↓';
}

function sectionOf(group: string, { metrics, settings }: EvaluationReport): string {
  const own = metrics.filter((metric) => metric.group === group);
  const plots = own.map(
    (metric) =>
      `<div><h3>${escapeXml(metric.name)} ${arrow(metric)}</h3><p class="note">${escapeXml(metric.summary)}</p>${plotOf(metric)}</div>`,
  );
  const header = own.map((metric) => `<th>${escapeXml(metric.name)} ${arrow(metric)}</th>`).join('');
  const rows = settings.methods.map(
    (method, i) => `<tr><th>${escapeXml(method)}</th>${own.map((metric) => cellOf(metric, method, i)).join('')}</tr>`,
  );
  return `<h2>${escapeXml(capitalised(group))}</h2>
<div class="plots">${plots.join('\n')}</div>
<div class="scroll"><table><tr><th>method</th>${header}</tr>${rows.join('\n')}</table></div>`;
}

function cellOf(metric: MetricSummary, method: string, i: number): string {
  const { mean = null, low = null, high = null } = metric.cells[i] ?? {};
  if (mean === null || low === null || high === null) return '<td>–</td>';
  const kind = bestMethod(metric) === method ? ' class="best"' : '';
  return `<td${kind}>${shortNumber(mean)} <small>[${shortNumber(low)}, ${shortNumber(high)}]</small></td>`;
}

/** The differences to the baseline, in a table for each group. */
function comparisonOf(comparison: Comparison | null): string {
  if (comparison === null) return '';
  const { baseline, metrics } = comparison;
  const tables = [...new Set(metrics.map(({ group }) => group))].map((group) => {
    const own = metrics.filter((metric) => metric.group === group);
    const header = own.map((metric) => `<th>${escapeXml(metric.name)} ${arrow(metric)}</th>`).join('');
    const rows = own[0]?.cells.map(
      ({ method }, i) => `<tr><th>${escapeXml(method)}</th>${own.map(({ cells }) => differenceOf(cells[i])).join('')}</tr>`,
    );
    return `<div class="scroll"><table><tr><th>method</th>${header}</tr>${rows?.join('\n') ?? ''}</table></div>`;
  });
  return `<h2>Differences to ${escapeXml(baseline)}</h2>
<p class="note">${escapeXml(comparisonNote(comparison))}</p>
${tables.join('\n')}`;
}

function differenceOf({ mean, low, high, count }: Partial<Cell> = {}): string {
  if (mean == null || low == null || high == null) return '<td>–</td>';
  return `<td>${signedNumber(mean)} <small>[${signedNumber(low)}, ${signedNumber(high)}] (${count})</small></td>`;
}

function examplesOf(examples: readonly Example[]): string {
  if (examples.length === 0) return '';
  const image = (path: string, caption: string): string => {
    const text = escapeXml(caption);
    return `<figure><img src="${escapeXml(path)}" alt="${text}" loading="lazy"><figcaption>${text}</figcaption></figure>`;
  };
  const rows = examples.map(({ title, picture, maps }) => {
    const images = [image(picture, 'picture'), ...maps.map(({ method, path }) => image(path, method))];
    return `<h3>${escapeXml(title)}</h3><div class="maps">${images.join('')}</div>`;
  });
  return `<h2>Examples</h2>
<p class="note">Orange speaks for the class, blue against it; each map has its own scale.</p>
${rows.join('\n')}`;
}

function costsOf(report: EvaluationReport): string {
  const rows = costRows(report).map(
    ([kind = '', name = '', time = '']) => `<tr><th>${escapeXml(name)}</th><td>${kind}</td><td>${time}</td></tr>`,
  );
  return `<h2>What it cost</h2>
<p class="note">Per picture. ${escapeXml(COSTS)}</p>
<table><tr><th>name</th><th></th><th>time</th></tr>${rows.join('\n')}</table>`;
}

function problemsOf(report: EvaluationReport): string {
  const lines = [...missingLines(report), ...problemLines(report)];
  if (lines.length === 0) return '';
  return `<h2>What is missing</h2>\n<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul>`;
}
