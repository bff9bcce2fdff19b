/** Vision Transformers from real checkpoints: what a model is, its weights, and the way from a picture to its input. */
export { describeWeights, type Weight, type WeightFacts } from './checkpoint/facts.ts';
export type { KeyStyle } from './checkpoint/names.ts';
export { type Checkpoint, type CheckpointFiles, readCheckpoint } from './checkpoint/read.ts';
export { type ConfigSources, readConfig } from './checkpoint/resolve.ts';
export type { PositionGrid, PositionInterpolation, Preprocessing, VitConfig } from './config.ts';
export {
  CheckpointError,
  type CheckpointErrorCode,
  InputError,
  type InputErrorCode,
  KeysError,
  type KeyTrouble,
  ModelError,
  type ModelErrorCode,
} from './errors.ts';
export { type JsonObject, type JsonValue, parseJson } from './json.ts';
export { type ClassNames, findClass, labelOf, nearestLabels } from './labels.ts';
export { fromCheckpoint, type LoadOptions, loadVit, type WeightPrecision } from './load.ts';
export type { AttentionPart, Block, BlockTrace, Tap } from './model/block.ts';
export type { Layer, VitWeights } from './model/layers.ts';
export { VisionTransformer } from './model/vision-transformer.ts';
export { type Grid, resizePositions } from './positions.ts';
export { type Framing, framingOf, type PhotoPart, visiblePart } from './preprocess/framing.ts';
export { type InputConfig, type Preprocessed, preprocess } from './preprocess/preprocess.ts';
export { type Picture, type Resample, resize } from './preprocess/resize.ts';
export { type InputSize, parseSize, withFit, withInputSize } from './preprocess/size.ts';
export { readSafetensors, type Safetensors, type SafetensorsEntry, toFloat32 } from './safetensors/read.ts';
export { type TensorToWrite, writeSafetensors } from './safetensors/write.ts';
