/**
 * Evaluations that are kept in a folder: measured picture by picture, resumed after an interruption, put together from parts, and
 * reported in files. For Node.
 */
export { type Evaluation, evaluate, type Outcome, type Progress } from './node/evaluate.ts';
export { appendRecord, readRecords, readSettings, shardFolder, writeRecords, writeSettings } from './node/folder.ts';
export { mergeParts } from './node/merge.ts';
export { writeReports } from './node/reports.ts';
