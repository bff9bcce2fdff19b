/**
 * Measures explanation methods by metrics over many pictures: the measurement of one picture, its record, and the report of all pictures.
 * Nothing here needs files; the entry `/node` keeps an evaluation in a folder.
 */
export { Companions } from './companions.ts';
export { EvaluationError, type EvaluationErrorCode } from './errors.ts';
export { type EvaluatedImage, evaluateImage } from './evaluate-image.ts';
export type { EvaluationImage, EvaluationPlan } from './plan.ts';
export type { ImageRecord } from './records.ts';
export { type Example, examplePath } from './report/examples.ts';
export { htmlReport } from './report/html.ts';
export { markdownReport } from './report/markdown.ts';
export { type Cell, type Comparison, type EvaluationReport, type MetricSummary, summarise } from './report/summary.ts';
export { checkBaseline, type Settings, settingsOf } from './settings.ts';
export { type Shard, shardOfEnvironment } from './shard.ts';
