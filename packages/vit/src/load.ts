/**
 * Makes a model on a backend from the bytes of a checkpoint.
 */
import { type Backend, halfTensor, openScope, type Tensor, TensorError, tensor } from '@cdam/tensor';
import type { Weight } from './checkpoint/facts.ts';
import { type Checkpoint, type CheckpointFiles, readCheckpoint } from './checkpoint/read.ts';
import type { Preprocessing, VitConfig } from './config.ts';
import { CheckpointError } from './errors.ts';
import { VisionTransformer } from './model/vision-transformer.ts';
import { resizePositions } from './positions.ts';
import { type InputSize, withFit, withInputSize } from './preprocess/size.ts';

/** How to load a model. */
export interface LoadOptions {
  /** Holds the weights and computes. */
  readonly backend: Backend;
  /** Input size in pixels; by default as the configuration of the checkpoint says. */
  readonly size?: InputSize | undefined;
  /** Whether pictures are cropped or squashed to that size; by default as the configuration of the checkpoint says. */
  readonly fit?: Preprocessing['fit'] | undefined;
  /**
   * The precision in which the matrices of the linear layers and of the patch embedding are kept. `f32` is the default. `f16` halves
   * the memory that they take and the time to read them; it needs a WebGPU backend that was opened with `{ half: true }`. Biases, norms
   * and tokens stay in 32 bits, and so does all computation. Weights that the file has in f16 lose nothing; others are rounded.
   * Rounding changes the logits of DeiT-Ti by at most 5e-4 of the largest logit and its maps by at most 5e-3 of the largest score, and
   * those of small models with random weights by at most 2e-3 and 1e-2.
   */
  readonly weights?: WeightPrecision | undefined;
}

/** The precision of weights: see `LoadOptions.weights`. */
export type WeightPrecision = 'f32' | 'f16';

/**
 * Loads a model from the files of a checkpoint, or from the bytes of a safetensors file alone. When it fails, nothing stays loaded.
 *
 * @throws CheckpointError when the weights are not a complete Vision Transformer or contradict config.json; InputError `size` when the
 *   wanted size is not a multiple of the patch; with `weights: 'f16'`, CheckpointError `dtype` for a weight that half precision cannot
 *   hold, and TensorError `backend` for a backend without half precision
 */
export async function loadVit(source: CheckpointFiles | Uint8Array, options: LoadOptions): Promise<VisionTransformer> {
  return fromCheckpoint(readCheckpoint(source instanceof Uint8Array ? { weights: source } : source), options);
}

/**
 * Uploads a checkpoint to a backend. Position embeddings are resized to the grid of patches of the input.
 *
 * @throws InputError and CheckpointError `dtype` and TensorError as `loadVit` does
 */
export function fromCheckpoint(checkpoint: Checkpoint, { backend, size, fit, weights = 'f32' }: LoadOptions): VisionTransformer {
  const sized = size === undefined ? checkpoint.config : withInputSize(checkpoint.config, size);
  const config = fit === undefined ? sized : withFit(sized, fit);
  // When a weight cannot be kept, the scope frees those that were uploaded before it.
  using scope = openScope(backend);
  const tensors = Array.from(checkpoint.weights, ([name, weight]) => {
    if (name === 'pos_embed') return [name, positions(weight.data(), config, backend)] as const;
    if (weights === 'f16' && isMatrix(name, weight)) return [name, rounded(weight, backend)] as const;
    return [name, tensor(backend, weight.data(), weight.shape)] as const;
  });
  for (const [, kept] of tensors) scope.keep(kept);
  return new VisionTransformer(config, Object.fromEntries(tensors));
}

/** Whether a weight is a matrix that inputs are multiplied by. */
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
