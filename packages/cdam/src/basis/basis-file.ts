/**
 * Saves the explanation basis of a picture in a file, from which a page or a notebook can explain any target of the picture.
 *
 * The file is safetensors. `basis` [width, patches] holds the map of each dimension of the latent, divided by `scale` [1] so that half
 * precision is enough; `latent` [width] is the latent of the picture; `head.weight` [classes, width] and `head.bias` [classes] are the
 * head of the model, where it has one. The names of the classes and the grid are in the metadata.
 */
import {
  CheckpointError,
  parseJson,
  readSafetensors,
  type SafetensorsEntry,
  type TensorToWrite,
  toFloat32,
  writeSafetensors,
} from '@cdam/vit';
import type { ClassScheme } from '../targets/classes.ts';
import { type BasisMethod, ExplanationBasis } from './explanation-basis.ts';

const FORMAT = 'cdam-basis-1';

/**
 * The bytes of the file of a basis.
 *
 * @param dtype of the maps: F16, the default, changes them by at most about 5e-4 of their largest score; F32 does not change them
 */
export function saveBasis({ parts }: ExplanationBasis, dtype: 'F16' | 'F32' = 'F16'): Uint8Array {
  const { method, model, grid, classes, latent, maps, head } = parts;
  const width = latent.length;
  const scale = maps.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) || 1;
  const tensors: TensorToWrite[] = [
    { name: 'basis', dtype, shape: [width, maps.length / width], data: maps.map((x) => x / scale) },
    { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(scale) },
    { name: 'latent', dtype: 'F32', shape: [width], data: latent },
  ];
  if (head !== undefined) {
    tensors.push({ name: 'head.weight', dtype: 'F32', shape: [classes.classes, width], data: head.weight });
    tensors.push({ name: 'head.bias', dtype: 'F32', shape: [classes.classes], data: head.bias });
  }
  return writeSafetensors(tensors, { format: FORMAT, method, model, grid: JSON.stringify(grid), classes: JSON.stringify(classes) });
}

/**
 * Reads a basis from its file.
 *
 * @param bytes as `saveBasis` made them
 * @throws CheckpointError `safetensors` when the file is damaged or not a basis, `config` when its metadata are malformed
 */
export function parseBasis(bytes: Uint8Array): ExplanationBasis {
  const { entries, metadata } = readSafetensors(bytes);
  if (metadata?.get('format') !== FORMAT)
    throw new CheckpointError('safetensors', 'basis: the file is not an explanation basis; make one with saveBasis');
  const values = (name: string, ...shape: number[]): Float32Array => valuesOf(entries.get(name), name, shape);
  const grid = parseGrid(metadata.get('grid'));
  const classes = parseClasses(metadata.get('classes'));
  const width = entries.get('latent')?.shape[0];
  if (width === undefined) throw new CheckpointError('safetensors', 'basis: the tensor "latent" is missing');
  const [scale = 1] = values('scale', 1);
  const count = classes.classes;
  return new ExplanationBasis({
    method: parseMethod(metadata.get('method')),
    model: metadata.get('model') ?? '',
    grid,
    classes,
    latent: values('latent', width),
    maps: values('basis', width, grid[0] * grid[1]).map((x) => x * scale),
    head: count === 0 ? undefined : { weight: values('head.weight', count, width), bias: values('head.bias', count) },
  });
}

function valuesOf(entry: SafetensorsEntry | undefined, name: string, shape: readonly number[]): Float32Array {
  if (entry === undefined || entry.shape.join() !== shape.join()) {
    const found = entry === undefined ? 'is missing' : `has shape [${entry.shape.join(', ')}]`;
    throw new CheckpointError('safetensors', `basis: the tensor "${name}" ${found}; it must be [${shape.join(', ')}]`);
  }
  return toFloat32(entry);
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
  if (rows === undefined || columns === undefined) throw new CheckpointError('safetensors', 'basis: the metadata has no grid');
  return [rows, columns];
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
