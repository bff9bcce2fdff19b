/**
 * Reads a checkpoint: bytes and parsed JSON in, the configuration and the complete weights out. Nothing here knows of files or tensors.
 */
import type { VitConfig } from '../config.ts';
import type { JsonValue } from '../json.ts';
import { readSafetensors } from '../safetensors/read.ts';
import type { Weight } from './facts.ts';
import type { KeyStyle } from './names.ts';
import { readConfig } from './resolve.ts';
import { canonicalWeights } from './weights.ts';

/** A model as bytes: what a browser fetched, or readModelFolder found. */
export interface CheckpointFiles {
  /** A whole safetensors file. */
  readonly weights: Uint8Array;
  /** config.json, parsed; timm's or Hugging Face's. Without it, timm's defaults stand in, listed in VitConfig.assumptions. */
  readonly config?: JsonValue | undefined;
  /** Hugging Face's preprocessor_config.json, parsed. */
  readonly preprocessor?: JsonValue | undefined;
  /** For people; `checkpoint` when not given. */
  readonly name?: string | undefined;
}

export interface Checkpoint {
  readonly config: VitConfig;
  /** By canonical (timm) name: cls_token, pos_embed, blocks.0.attn.qkv.weight and so on. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** How many numbers the weights are. */
  readonly parameters: number;
  /** Keys of the file that the model does not need, such as mask_token. */
  readonly ignored: readonly string[];
  /** Whose names the file bears. */
  readonly style: KeyStyle;
  /** The kinds of numbers in the file, e.g. ['F16']. */
  readonly dtypes: readonly string[];
}

/**
 * Reads and checks a whole checkpoint.
 * @throws CheckpointError; its `code` says what is wrong. There is never a partial model.
 */
export function readCheckpoint(files: CheckpointFiles): Checkpoint {
  const { entries } = readSafetensors(files.weights);
  const { facts, weights, ignored, style } = canonicalWeights(entries);
  const config = readConfig({ name: files.name ?? 'checkpoint', facts, style, config: files.config, preprocessor: files.preprocessor });
  const parameters = [...weights.values()].reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  return { config, weights, parameters, ignored, style, dtypes: [...new Set([...entries.values()].map((entry) => entry.dtype))] };
}
