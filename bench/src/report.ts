/**
 * The tables of a run, as Markdown.
 */
import type { Verdict } from './claims.ts';
import { contenders, labelOf, pytorch, pytorchOtherBlas } from './contenders.ts';
import type { Machine } from './machine.ts';
import type { Measurement } from './measure.ts';
import { operationsOf, products } from './workloads.ts';

/** All results of a run, as they are written in JSON. */
export interface Report {
  readonly date: string;
  readonly driver: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** What each contender computes on, in its own words. */
  readonly adapters: Readonly<Record<string, string>>;
  readonly pace: { readonly rounds: number; readonly turnMs: number };
  readonly parts: Readonly<Record<string, readonly Measurement[]>>;
  readonly verdicts: readonly Verdict[];
}

const titles: Readonly<Record<string, string>> = {
  products: 'Matrix products (f32)',
  forward: 'DeiT-Ti forward pass',
  cdam: 'CDAM on DeiT-Ti',
  ledger: 'Ledger and frozen gates on DeiT-Ti',
};

/** The whole report as Markdown. */
export function markdown(report: Report): string {
  const { machine } = report;
  const sections = Object.entries(report.parts).map(
    ([part, measurements]) =>
      `## ${titles[part] ?? part}\n\n${part === 'products' ? productTable(measurements) : modelTable(measurements)}`,
  );
  return [
    `# Benchmark of ${report.date.slice(0, 10)}, WebGPU of Node on ${report.driver}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}; load ${machine.load} at the start.`,
    list(Object.entries(report.versions).map(([name, version]) => `${name} ${version}`)),
    list(Object.entries(report.adapters).map(([id, adapter]) => `${id}: ${adapter}`)),
    ...sections,
    `## What was to be shown\n\n${verdictTable(report.verdicts)}`,
    reasons(report),
  ]
    .filter((section) => section !== '')
    .join('\n\n')
    .concat('\n');
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** One row for each contender, one column for each product: milliseconds and GFLOP/s. */
function productTable(measurements: readonly Measurement[]): string {
  const workloads = [...new Set(measurements.map(({ workload }) => workload))];
  const rows = [...new Set(measurements.map(({ contender }) => contender))].map((id) => [
    nameOfContender(id),
    ...workloads.map((workload) => {
      const ms = measurements.find((each) => each.contender === id && each.workload === workload)?.ms;
      const product = products.find((each) => `${each.m}×${each.k}×${each.n}` === workload);
      if (ms === undefined || product === undefined) return '—';
      return `${time(ms.median)} (${((operationsOf(product) ?? 0) / ms.median / 1e6).toPrecision(3)})`;
    }),
  ]);
  return `Milliseconds, median, and in brackets GFLOP/s. A is handed over and C read back in every run.\n\n${table(['', ...workloads], rows)}`;
}

function modelTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ contender, workload, ms, openMs = 0, prepareMs = 0, firstMs = 0, deviation }) => [
    nameOfContender(contender),
    workload,
    ms ? time(ms.median) : '—',
    ms ? `${time(ms.lowerQuartile)}–${time(ms.upperQuartile)}` : '—',
    ms ? String(ms.runs) : '—',
    ms ? time(openMs + prepareMs) : '—',
    ms ? time(firstMs) : '—',
    deviation === undefined ? '—' : deviation.toExponential(0),
  ]);
  const header = ['', 'workload', 'median', 'quartiles', 'runs', 'open and load', 'first run', 'off from ours'];
  return `Milliseconds. “Off from ours”: largest difference of the result as a share of its largest value.\n\n${table(header, rows)}`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ['claim', 'wanted', 'measured', 'range over rounds', 'met'],
    verdicts.map(({ claim, wanted, ratio, range, met, reason }) => [
      claim,
      wanted,
      ratio === undefined ? (reason ?? '—') : ratio.toPrecision(3),
      range === undefined ? '—' : `${range[0].toPrecision(3)}–${range[1].toPrecision(3)}`,
      met === undefined ? '—' : met ? 'yes' : '**no**',
    ]),
  );
}

/** The contenders that could not run something, and why. */
function reasons({ parts }: Report): string {
  const failures = Object.values(parts)
    .flat()
    .filter(({ failure }) => failure !== undefined)
    .map(({ contender, workload, failure }) => `${nameOfContender(contender)}, ${workload}: ${failure}`);
  return failures.length === 0 ? '' : `## What could not run\n\n${list(failures)}`;
}

function nameOfContender(id: string): string {
  const contender = [...contenders, pytorch, pytorchOtherBlas].find((each) => each.id === id);
  return contender === undefined ? id : labelOf(contender);
}

function time(ms: number): string {
  return ms < 0.1 ? ms.toPrecision(2) : ms < 100 ? ms.toPrecision(3) : ms.toFixed(0);
}
