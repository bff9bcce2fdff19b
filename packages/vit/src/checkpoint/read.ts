/**
 * Reads a checkpoint: from bytes and parsed JSON to the configuration and the complete weights. It needs no file system and no backend.
 */
import type { VitConfig } from '../config.ts';
import type { JsonValue } from '../json.ts';
import { readSafetensors } from '../safetensors/read.ts';
import type { Weight } from './facts.ts';
import type { KeyStyle } from './names.ts';
import { readConfig } from './resolve.ts';
import { canonicalWeights } from './weights.ts';

/** The files of a model: what a browser has fetched, or what readModelFolder has read. */
export interface CheckpointFiles {
  /** A whole safetensors file. */
  readonly weights: Uint8Array;
  /** config.json, parsed; timm's or Hugging Face's. Without it the defaults of the library are assumed: see VitConfig.assumptions. */
  readonly config?: JsonValue | undefined;
  /** Hugging Face's preprocessor_config.json, parsed. */
  readonly preprocessor?: JsonValue | undefined;
  /** The name of the model, for people to read; `checkpoint` when it is not given. */
  readonly name?: string | undefined;
}

/** A checkpoint that was read and found complete. */
export interface Checkpoint {
  readonly config: VitConfig;
  /** By timm's names: cls_token, pos_embed, blocks.0.attn.qkv.weight and so on. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** How many numbers the weights have in all. */
  readonly parameters: number;
  /** Keys of the file that the model does not need, such as mask_token. */
  readonly ignored: readonly string[];
  /** Which library's names the file has. */
  readonly style: KeyStyle;
  /** The number formats in the file, such as ['F16']. */
  readonly dtypes: readonly string[];
}

/**
 * Reads and checks a whole checkpoint.
 * @throws CheckpointError, whose `code` says what is wrong
 */
export function readCheckpoint(files: CheckpointFiles): Checkpoint {
  const { entries } = readSafetensors(files.weights);
  const { facts, weights, ignored, style } = canonicalWeights(entries);
  const config = readConfig({ name: files.name ?? 'checkpoint', facts, style, config: files.config, preprocessor: files.preprocessor });
  const parameters = [...weights.values()].reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  return { config, weights, parameters, ignored, style, dtypes: [...new Set([...entries.values()].map((entry) => entry.dtype))] };
}
