/**
 * The sizes and weights of DeiT-Ti for the peers that have no file format for a whole model. The weights come from the safetensors file
 * that we read too.
 */
import { readSafetensors, toFloat32 } from '@cdam/vit';

/** The sizes of DeiT-Ti. */
export const deit = { width: 192, depth: 12, heads: 3, headSize: 64, patch: 16, grid: 14, tokens: 197, epsilon: 1e-6 } as const;

/**
 * Calls `place` for every weight and gives the results under timm's names. Matrices of linear layers and of the patch embedding are first
 * transposed to [in, out], the layout of the peers' own layers, so that they need not transpose them in every run.
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

/** The weight of a name. @throws Error when there is none */
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
