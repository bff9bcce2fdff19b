/**
 * DeiT-Ti for the peers that have no format of their own for a whole model: its shape, and its weights from the same safetensors file
 * that we read.
 */
import { readSafetensors, toFloat32 } from '@cdam/vit';

export const deit = { width: 192, depth: 12, heads: 3, headSize: 64, patch: 16, grid: 14, tokens: 197, epsilon: 1e-6 } as const;

/**
 * Hands every weight to `place` under timm's name. Matrices of linear layers, the patch embedding's included, are transposed to
 * [in, out] first, the layout that the peers' own layers have: a peer should not pay for ours.
 */
export function placeWeights<T>(file: Uint8Array, place: (data: Float32Array, shape: number[]) => T): Record<string, T> {
  return Object.fromEntries(
    Array.from(readSafetensors(file).entries, ([name, entry]) => {
      const [rows = 1, ...rest] = entry.shape;
      const columns = rest.reduce((product, extent) => product * extent, 1);
      const data = toFloat32(entry);
      return rest.length === 0 || name.endsWith('_token') || name === 'pos_embed'
        ? [name, place(data, [...entry.shape])]
        : [name, place(transposed(data, rows, columns), [columns, rows])];
    }),
  );
}

/** The weight of that name. */
export function named<T>(weights: Readonly<Record<string, T>>, name: string): T {
  const weight = weights[name];
  if (weight === undefined) throw new Error(`the checkpoint has no weight ${name}`);
  return weight;
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j] ?? 0;
  return result;
}
