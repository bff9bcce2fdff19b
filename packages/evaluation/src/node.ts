/**
 * Evaluations in folders, for Node: they are measured picture by picture, continue after an interruption, are merged from parts, and are
 * reported in files.
 */
export { type Evaluation, evaluate, type Outcome, type Progress } from './node/evaluate.ts';
export { readRecords, shardFolder } from './node/folder.ts';
export { type MergeOptions, mergeParts } from './node/merge.ts';
