/**
 * Tiny but complete checkpoints for the tests beside this file.
 */
import { CheckpointError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { writeSafetensors } from '../safetensors/write.ts';
import { expectedShapes, type WeightFacts } from './facts.ts';
import { type Checkpoint, readCheckpoint } from './read.ts';

/** The facts of the tiny model. */
export const facts: WeightFacts = {
  width: 64,
  depth: 2,
  mlpWidth: 128,
  channels: 3,
  patchHeight: 8,
  patchWidth: 8,
  classToken: true,
  distillationToken: false,
  registerTokens: 0,
  positionRows: 17,
  classes: 3,
  distilledHead: false,
  qkvBias: true,
  patchBias: true,
  preNorm: false,
  layerScale: false,
  finalNorm: 'norm',
};

/** Shapes of tensors by their keys. */
export type Shapes = Map<string, readonly number[]>;

/** A safetensors file in which every value is the number of its tensor. */
export function bytesOf(shapes: Shapes): Uint8Array {
  return writeSafetensors(
    Array.from(shapes, ([name, shape], i) => ({
      name,
      dtype: 'F32' as const,
      shape,
      data: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(i),
    })),
  );
}

/** Reads a checkpoint with timm's names. @param edit changes the tensors before it is read */
export function read(
  change: Partial<WeightFacts> = {},
  config?: JsonValue,
  edit: (shapes: Shapes) => Shapes = (shapes) => shapes,
): Checkpoint {
  return readCheckpoint({ weights: bytesOf(edit(expectedShapes({ ...facts, ...change }))), config, name: 'toy' });
}

/** The same tensors under Hugging Face's names. */
export function huggingFace(shapes: Shapes): Shapes {
  const renamed: Shapes = new Map();
  for (const [name, shape] of shapes) {
    const [, block, rest = ''] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
    const layer = `vit.encoder.layer.${block}.`;
    const [, kind] = /^attn\.qkv\.(\w+)$/.exec(rest) ?? [];
    if (kind !== undefined) {
      for (const part of ['query', 'key', 'value']) renamed.set(`${layer}attention.attention.${part}.${kind}`, [64, ...shape.slice(1)]);
      continue;
    }
    const inner = rest
      .replace('norm1', 'layernorm_before')
      .replace('norm2', 'layernorm_after')
      .replace('attn.proj', 'attention.output.dense')
      .replace('mlp.fc1', 'intermediate.dense')
      .replace('mlp.fc2', 'output.dense');
    const outer = name
      .replace(/^cls_token$/, 'vit.embeddings.cls_token')
      .replace(/^pos_embed$/, 'vit.embeddings.position_embeddings')
      .replace('patch_embed.proj', 'vit.embeddings.patch_embeddings.projection')
      .replace(/^norm\./, 'vit.layernorm.')
      .replace(/^head\./, 'classifier.');
    renamed.set(block === undefined ? outer : layer + inner, shape);
  }
  return renamed;
}

/** The error that an action throws. @throws Error when it throws none */
export function failure(action: () => unknown): CheckpointError {
  try {
    action();
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Removes tensors. */
export const without =
  (...names: string[]) =>
  (shapes: Shapes): Shapes =>
    new Map([...shapes].filter(([name]) => !names.includes(name)));
/** Adds a tensor. */
export const adding =
  (name: string, shape: readonly number[] = [4]) =>
  (shapes: Shapes): Shapes =>
    new Map([...shapes, [name, shape]]);
