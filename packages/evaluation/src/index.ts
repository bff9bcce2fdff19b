/**
 * Explanation methods measured by metrics over many pictures: what is measured of one picture, what is kept of it, and the report of
 * all. Nothing here needs files; the entry `/node` keeps an evaluation in a folder.
 */
export { Companions } from './companions.ts';
export { EvaluationError, type EvaluationErrorCode } from './errors.ts';
export { type EvaluatedImage, evaluateImage } from './evaluate-image.ts';
export type { EvaluationImage, EvaluationPlan } from './plan.ts';
export { type ImageRecord, type ParsedRecords, parseRecords, recordLine } from './records.ts';
export { EXAMPLES, type Example, examplePath, examplesOf } from './report/examples.ts';
export { htmlReport } from './report/html.ts';
export { markdownReport } from './report/markdown.ts';
export { plotOf } from './report/plots.ts';
export { bestMethod, type Cell, type EvaluationReport, type MetricSummary, summarise } from './report/summary.ts';
export { duration, shortNumber } from './report/wording.ts';
export { checkSameSettings, parseSettings, type Settings, serialiseSettings, settingsOf } from './settings.ts';
export { partOf, type Shard, shardOfEnvironment } from './shard.ts';
