/**
 * From a checkpoint's bytes to a model on a backend.
 */
import { type Backend, halfTensor, openScope, type Tensor, TensorError, tensor } from '@cdam/tensor';
import type { Weight } from './checkpoint/facts.ts';
import { type Checkpoint, type CheckpointFiles, readCheckpoint } from './checkpoint/read.ts';
import type { Preprocessing, VitConfig } from './config.ts';
import { CheckpointError } from './errors.ts';
import { VisionTransformer } from './model/vision-transformer.ts';
import { resizePositions } from './positions.ts';
import { type InputSize, withFit, withInputSize } from './preprocess/size.ts';

export interface LoadOptions {
  /** Where the weights go and the model computes. */
  readonly backend: Backend;
  /** What pictures are brought to, in pixels; by default what the checkpoint's configuration says. */
  readonly size?: InputSize | undefined;
  /** How: cut to the aspect ratio, or squeezed into it; by default what the checkpoint's configuration says. */
  readonly fit?: Preprocessing['fit'] | undefined;
  /**
   * How the matrices of the linear layers and of the patch embedding are kept: in half precision they take half the memory, and a GPU
   * has half as much to read. Biases, norms and tokens stay 32-bit, and so does all computation. `f32` by default; `f16` needs a WebGPU
   * backend that was opened with `{ half: true }`. Weights that the file has in half precision lose nothing. Others are rounded: then
   * the logits of DeiT-Ti are within 5e-4 of the largest and its maps within 5e-3 of the largest score of what they are in f32,
   * those of small models with random weights within 2e-3 and 1e-2.
   */
  readonly weights?: WeightPrecision | undefined;
}

/** See `LoadOptions.weights`. */
export type WeightPrecision = 'f32' | 'f16';

/**
 * Loads a model from the files of a checkpoint, or from the bytes of a safetensors file alone.
 *
 * @throws CheckpointError when it is no complete Vision Transformer or contradicts its config.json; InputError `size` when the wanted
 *   size is no multiple of the patch; with `weights: 'f16'`, CheckpointError `dtype` for a weight that half precision cannot hold, and
 *   TensorError `backend` when the backend has no half precision. There is never a partial model.
 */
export async function loadVit(source: CheckpointFiles | Uint8Array, options: LoadOptions): Promise<VisionTransformer> {
  return fromCheckpoint(readCheckpoint(source instanceof Uint8Array ? { weights: source } : source), options);
}

/** Puts a checkpoint that was read on a backend. Position embeddings are resized to the input's grid of patches. */
export function fromCheckpoint(checkpoint: Checkpoint, { backend, size, fit, weights = 'f32' }: LoadOptions): VisionTransformer {
  const sized = size === undefined ? checkpoint.config : withInputSize(checkpoint.config, size);
  const config = fit === undefined ? sized : withFit(sized, fit);
  // Frees what is there already when a weight does not fit.
  using scope = openScope(backend);
  const tensors = Array.from(checkpoint.weights, ([name, weight]) => {
    if (name === 'pos_embed') return [name, positions(weight.data(), config, backend)] as const;
    if (weights === 'f16' && isMatrix(name, weight)) return [name, rounded(weight, backend)] as const;
    return [name, tensor(backend, weight.data(), weight.shape)] as const;
  });
  for (const [, kept] of tensors) scope.keep(kept);
  return new VisionTransformer(config, Object.fromEntries(tensors));
}

/** Whether a weight is the second operand of a matrix product. */
function isMatrix(name: string, { shape }: Weight): boolean {
  return name.endsWith('.weight') && shape.length >= 2;
}

function rounded(weight: Weight, backend: Backend): Tensor {
  try {
    return halfTensor(backend, weight.data(), weight.shape);
  } catch (cause) {
    if (!(cause instanceof TensorError) || cause.code !== 'argument') throw cause;
    throw new CheckpointError(
      'dtype',
      `checkpoint: ${weight.keys.join('+')} cannot be kept in f16 (${cause.message}); load it with weights: 'f32'`,
      { cause },
    );
  }
}

function positions(embeddings: Float32Array, config: VitConfig, backend: Backend): Tensor {
  const grid = { rows: config.inputHeight / config.patchHeight, columns: config.inputWidth / config.patchWidth };
  const resized = resizePositions(embeddings, config.width, config.positions, grid, config.positionInterpolation);
  return tensor(backend, resized, [1, resized.length / config.width, config.width]);
}
