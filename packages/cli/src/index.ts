/** The command `cdam` as a function, and the types of the JSON it writes. */
export type { Settings } from './bench/records.ts';
export type { BenchReport, Cell, MetricSummary } from './bench/summary.ts';
export { main } from './main.ts';
export type { ImageReport, MapReport, Milliseconds, ModelReport, PredictionReport, Report } from './report.ts';
