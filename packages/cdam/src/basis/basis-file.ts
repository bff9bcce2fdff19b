/**
 * Saves the explanation basis of a picture in a file, from which a page or a notebook can explain any target of the picture.
 *
 * The file is safetensors. `basis` [width, patches] holds the map of each dimension of the latent, divided by `scale` [1] so that half
 * precision is enough; `latent` [width] is the latent of the picture; `head.weight` [classes, width] and `head.bias` [classes] are the
 * head of the model, where it has one. The names of the classes and the grid are in the metadata, and as JSON under `framing` (see `Framing`)
 * how a photo was laid into the input; older files do not have it.
 *
 * A file of reduced rank has the format `cdam-basis-2` and in place of `basis` two factors, `basis.left` [width, rank] and `basis.right`
 * [rank, patches]: the basis is scale·left·right. What that costs is in the metadata, as JSON under `reduction` (see `Reduction`).
 */
import {
  CheckpointError,
  type Framing,
  parseJson,
  readSafetensors,
  type SafetensorsEntry,
  type TensorToWrite,
  toFloat32,
  writeSafetensors,
} from '@cdam/vit';
import { ExplanationError } from '../errors.ts';
import type { ClassScheme } from '../targets/classes.ts';
import { basisError } from './basis-error.ts';
import { type BasisMethod, type BasisParts, type ErrorSpread, ExplanationBasis, type Reduction } from './explanation-basis.ts';
import { nearestOfRank, product } from './low-rank.ts';

const WHOLE = 'cdam-basis-1';
const FACTORED = 'cdam-basis-2';

/** The most numbers that a basis may have: two factors of a few bytes could otherwise ask for all memory there is. */
const LARGEST = 2 ** 26;

/** How to write a basis. */
export interface BasisFileOptions {
  /** Of the maps: F16, the default, changes them by at most about 5e-4 of their largest score; F32 does not change them. */
  readonly dtype?: 'F16' | 'F32' | undefined;
  /**
   * Write the nearest basis of this rank, a whole number from 1 to the smaller of width and patches. It takes (width + patches)·rank numbers in
   * place of width·patches, and the file says what it costs. A whole basis by default; one of reduced rank keeps its rank.
   */
  readonly rank?: number | undefined;
}

/**
 * The bytes of the file of a basis.
 *
 * @throws ExplanationError `basis` for a rank that the basis cannot have, or one that is asked of a basis that was reduced before
 */
export function saveBasis(basis: ExplanationBasis, { dtype = 'F16', rank }: BasisFileOptions = {}): Uint8Array {
  const { parts } = basis;
  const wanted = rank ?? parts.reduction?.rank;
  if (wanted === undefined) return write(parts, WHOLE, wholeTensors(parts, dtype), {});
  checkRank(parts, rank);
  const factors = factorTensors(parts, dtype, wanted);
  // The error is that of the file, rounding included, so the file is read before it is described.
  const reduction = parts.reduction ?? { rank: wanted, ...basisError(basis, parseBasis(write(parts, FACTORED, factors, {}))) };
  return write(parts, FACTORED, factors, { reduction: JSON.stringify(reduction) });
}

function checkRank({ maps, latent, reduction }: BasisParts, rank: number | undefined): void {
  const highest = Math.min(latent.length, maps.length / latent.length);
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1 || rank > highest))
    throw new ExplanationError('basis', `saveBasis: the rank is ${rank}; give a whole number from 1 to ${highest}`);
  if (rank !== undefined && reduction !== undefined && rank !== reduction.rank)
    throw new ExplanationError('basis', `saveBasis: the basis has rank ${reduction.rank} already; reduce the whole one to ${rank}`);
  const bad = maps.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new ExplanationError('basis', `saveBasis: number ${bad} of the basis is ${maps[bad]}, so it has no nearest of a rank`);
}

/** Divides by the largest magnitude, so that half precision is enough. */
function scaled(values: Float32Array): { scale: number; data: Float32Array } {
  const scale = values.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) || 1;
  return { scale, data: values.map((x) => x / scale) };
}

function wholeTensors({ latent, maps }: BasisParts, dtype: 'F16' | 'F32'): TensorToWrite[] {
  const { scale, data } = scaled(maps);
  return [
    { name: 'basis', dtype, shape: [latent.length, maps.length / latent.length], data },
    { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(scale) },
  ];
}

function factorTensors({ latent, maps }: BasisParts, dtype: 'F16' | 'F32', rank: number): TensorToWrite[] {
  const [width, patches] = [latent.length, maps.length / latent.length];
  const { left, right } = nearestOfRank(maps, width, patches, rank);
  const [one, other] = [scaled(left), scaled(right)];
  return [
    { name: 'basis.left', dtype, shape: [width, rank], data: one.data },
    { name: 'basis.right', dtype, shape: [rank, patches], data: other.data },
    { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(one.scale * other.scale) },
  ];
}

function write(
  { method, model, grid, classes, latent, head, framing }: BasisParts,
  format: string,
  maps: readonly TensorToWrite[],
  more: Readonly<Record<string, string>>,
): Uint8Array {
  const width = latent.length;
  const tensors: TensorToWrite[] = [...maps, { name: 'latent', dtype: 'F32', shape: [width], data: latent }];
  if (head !== undefined) {
    tensors.push({ name: 'head.weight', dtype: 'F32', shape: [classes.classes, width], data: head.weight });
    tensors.push({ name: 'head.bias', dtype: 'F32', shape: [classes.classes], data: head.bias });
  }
  const known = { format, method, model, grid: JSON.stringify(grid), classes: JSON.stringify(classes) };
  return writeSafetensors(tensors, { ...known, ...(framing && { framing: JSON.stringify(framing) }), ...more });
}

/**
 * Reads a basis from its file.
 *
 * @param bytes as `saveBasis` made them
 * @throws CheckpointError `safetensors` when the file is damaged or not a basis, `config` when its metadata are malformed
 */
export function parseBasis(bytes: Uint8Array): ExplanationBasis {
  const { entries, metadata } = readSafetensors(bytes);
  const format = metadata?.get('format');
  if (metadata === undefined || (format !== WHOLE && format !== FACTORED))
    throw new CheckpointError('safetensors', 'basis: the file is not an explanation basis; make one with saveBasis');
  const values = (name: string, ...shape: number[]): Float32Array => valuesOf(entries.get(name), name, shape);
  const grid = parseGrid(metadata.get('grid'));
  const classes = parseClasses(metadata.get('classes'));
  const width = entries.get('latent')?.shape[0];
  if (!width) throw new CheckpointError('safetensors', `basis: the tensor "latent" is ${width === undefined ? 'missing' : 'empty'}`);
  const [scale = 1] = values('scale', 1);
  const count = classes.classes;
  const patches = grid[0] * grid[1];
  if (width * patches > LARGEST)
    throw new CheckpointError(
      'safetensors',
      `basis: ${width} maps of ${patches} patches are more than the ${LARGEST} numbers that are read`,
    );
  const rank = format === FACTORED ? (entries.get('basis.left')?.shape[1] ?? 1) : undefined;
  const maps =
    rank === undefined
      ? values('basis', width, patches)
      : product(values('basis.left', width, rank), values('basis.right', rank, patches), width, rank, patches);
  return new ExplanationBasis({
    method: parseMethod(metadata.get('method')),
    model: metadata.get('model') ?? '',
    grid,
    classes,
    latent: values('latent', width),
    maps: maps.map((x) => x * scale),
    head: count === 0 ? undefined : { weight: values('head.weight', count, width), bias: values('head.bias', count) },
    framing: parseFraming(metadata.get('framing')),
    reduction: rank === undefined ? undefined : parseReduction(metadata.get('reduction'), rank),
  });
}

function valuesOf(entry: SafetensorsEntry | undefined, name: string, shape: readonly number[]): Float32Array {
  if (entry === undefined || entry.shape.join() !== shape.join()) {
    const found = entry === undefined ? 'is missing' : `has shape [${entry.shape.join(', ')}]`;
    throw new CheckpointError('safetensors', `basis: the tensor "${name}" ${found}; it must be [${shape.join(', ')}]`);
  }
  return toFloat32(entry);
}

function parseReduction(text: string | undefined, rank: number): Reduction {
  const value = objectOf(parseJson(text ?? 'null', 'the reduction of a basis'));
  const maps = objectOf(value?.maps);
  const spreadOf = (from: string): ErrorSpread => {
    const found = objectOf(maps?.[from]);
    return { median: numberOf(found?.median), worst: numberOf(found?.worst) };
  };
  return { rank, energy: numberOf(value?.energy), maps: maps && { logit: spreadOf('logit'), 'log-odds': spreadOf('log-odds') } };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** Files without a method are of CDAM. */
function parseMethod(text = 'cdam'): BasisMethod {
  if (text === 'cdam' || text === 'ledger') return text;
  throw new CheckpointError('safetensors', `basis: it is of the method ${JSON.stringify(text)}, which has no basis here`);
}

function parseGrid(text: string | undefined): readonly [number, number] {
  const [rows, columns] =
    /^\[(\d{1,5}),(\d{1,5})\]$/
      .exec(text ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  if (!rows || !columns) throw new CheckpointError('safetensors', 'basis: the metadata has no grid');
  return [rows, columns];
}

function parseFraming(text: string | undefined): Framing | undefined {
  if (text === undefined) return undefined;
  const value = objectOf(parseJson(text, 'the framing of a basis'));
  const side = (name: keyof Framing): number => {
    const found = value?.[name];
    if (typeof found === 'number' && Number.isInteger(found) && found >= 1 && found <= 65536) return found;
    throw new CheckpointError('config', `basis: the framing has no ${name} in pixels`);
  };
  const [inputHeight, inputWidth, resizeHeight, resizeWidth] = [
    side('inputHeight'),
    side('inputWidth'),
    side('resizeHeight'),
    side('resizeWidth'),
  ];
  if (inputHeight > resizeHeight || inputWidth > resizeWidth)
    throw new CheckpointError('config', 'basis: the framing cuts an input out of something smaller');
  const fit = value?.fit === 'squash' ? 'squash' : 'crop';
  return { fit, resizeHeight, resizeWidth, cropRounding: value?.cropRounding === 'floor' ? 'floor' : 'round', inputHeight, inputWidth };
}

function parseClasses(text: string | undefined): ClassScheme {
  const value: unknown = parseJson(text ?? 'null', 'the classes of a basis');
  const isList = (x: unknown, n: number): x is string[] =>
    Array.isArray(x) && x.length === n && x.every((item) => typeof item === 'string');
  if (value !== null && typeof value === 'object' && 'classes' in value && Number.isInteger(value.classes) && 'multiLabel' in value) {
    const classes = Number(value.classes);
    const list = (name: 'labels' | 'labelNames'): string[] | undefined => {
      const found: unknown = name in value ? (value as Record<string, unknown>)[name] : undefined;
      return isList(found, classes) ? found : undefined;
    };
    return {
      classes,
      multiLabel: value.multiLabel === true,
      regression: 'regression' in value && value.regression === true,
      labels: list('labels'),
      labelNames: list('labelNames'),
    };
  }
  throw new CheckpointError('safetensors', 'basis: the metadata has no classes');
}
