/** The command `cdam` as a function, and the types of the JSON that it writes. */
export { main } from './main.ts';
export type { ImageReport, MapReport, Milliseconds, ModelReport, PartsReport, PredictionReport, Report } from './report.ts';
export type { ConceptSimilarity } from './standing.ts';
