/**
 * From a checkpoint's bytes to a model on a backend.
 */
import { type Backend, type Tensor, tensor } from '@cdam/tensor';
import { type Checkpoint, type CheckpointFiles, readCheckpoint } from './checkpoint/read.ts';
import type { Preprocessing, VitConfig } from './config.ts';
import { VisionTransformer } from './model.ts';
import { resizePositions } from './positions.ts';
import { type InputSize, withFit, withInputSize } from './preprocess/size.ts';

export interface LoadOptions {
  /** Where the weights go and the model computes. */
  readonly backend: Backend;
  /** What pictures are brought to, in pixels; by default what the checkpoint's configuration says. */
  readonly size?: InputSize | undefined;
  /** How: cut to the aspect ratio, or squeezed into it; by default what the checkpoint's configuration says. */
  readonly fit?: Preprocessing['fit'] | undefined;
}

/**
 * Loads a model from the files of a checkpoint, or from the bytes of a safetensors file alone.
 *
 * @throws CheckpointError when it is no complete Vision Transformer or contradicts its config.json; InputError `size` when the wanted
 *   size is no multiple of the patch. There is never a partial model.
 */
export async function loadVit(source: CheckpointFiles | Uint8Array, options: LoadOptions): Promise<VisionTransformer> {
  return fromCheckpoint(readCheckpoint(source instanceof Uint8Array ? { weights: source } : source), options);
}

/** Puts a checkpoint that was read on a backend. Position embeddings are resized to the input's grid of patches. */
export function fromCheckpoint(checkpoint: Checkpoint, { backend, size, fit }: LoadOptions): VisionTransformer {
  const sized = size === undefined ? checkpoint.config : withInputSize(checkpoint.config, size);
  const config = fit === undefined ? sized : withFit(sized, fit);
  const weights = Array.from(checkpoint.weights, ([name, weight]) => {
    if (name === 'pos_embed') return [name, positions(weight.data(), config, backend)] as const;
    return [name, tensor(backend, weight.data(), weight.shape)] as const;
  });
  return new VisionTransformer(config, Object.fromEntries(weights));
}

function positions(embeddings: Float32Array, config: VitConfig, backend: Backend): Tensor {
  const grid = { rows: config.inputHeight / config.patchHeight, columns: config.inputWidth / config.patchWidth };
  const resized = resizePositions(embeddings, config.width, config.positions, grid, config.positionInterpolation);
  return tensor(backend, resized, [1, resized.length / config.width, config.width]);
}
