/**
 * Golden values, which PyTorch computed for a model and a picture (see tests/golden/generate.py), and comparison with them.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Picture, readSafetensors, toFloat32 } from '@cdam/vit';
import sharp from 'sharp';

/** The maps of one class, [patches] each, row by row. */
interface GoldenMaps {
  readonly cdam: readonly number[];
  readonly cdam_from_probability?: readonly number[];
  readonly smooth_cdam_given_noise?: readonly number[];
  readonly integrated_cdam?: readonly number[];
  /** The scores of all tokens, with the class token and other prefix tokens first. */
  readonly integrated_cdam_token_all?: readonly number[];
  readonly relevance_propagation?: readonly number[];
  readonly grad_cam?: readonly number[];
  readonly token_ablation?: readonly number[];
  readonly input_x_gradient_patch_sum?: readonly number[];
  readonly integrated_gradients_patch_sum?: readonly number[];
}

/** The golden values of a model for a picture. */
export interface Golden {
  /** The file name of the picture. */
  readonly image: string;
  readonly grid: readonly [number, number];
  /** For models with a head. */
  readonly logits?: readonly number[];
  /** For models with a class token. */
  readonly attention?: readonly number[];
  readonly rollout?: readonly number[];
  /** Maps by class index. */
  readonly classes?: Readonly<Record<string, GoldenMaps>>;
  /** Maps by dimension of the latent, for models without a head. */
  readonly latents?: Readonly<Record<string, GoldenMaps>>;
}

const root = new URL('../golden/', import.meta.url);

/** The path of a golden file in the repository. */
export function goldenPath(name: string): string {
  return fileURLToPath(new URL(name, root));
}

/** The path of a file in the folder `shared` beside the checkout, which may hold more photos and weights; undefined without the file. */
export function sharedPath(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/${name}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

/** Reads golden values. */
export async function readGolden(path: string): Promise<Golden> {
  return JSON.parse(await readFile(path, 'utf8')) as Golden;
}

/** All tensors of a safetensors file, by name. */
export async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const { entries } = readSafetensors(new Uint8Array(await readFile(path)));
  return new Map(Array.from(entries.values(), (entry) => [entry.name, toFloat32(entry)]));
}

/** Decodes an image file to RGB. */
export async function readPicture(path: string): Promise<Picture> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
}

/** The largest difference, relative to the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? Number.NaN;
    const difference = Math.abs((actual[i] ?? Number.NaN) - wanted);
    error = Math.max(error, difference);
    largest = Math.max(largest, Math.abs(wanted));
  }
  return error / largest;
}

/** The cosine of the angle between two maps. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, i) => sum + value * (y[i] ?? Number.NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
