/**
 * Operations that move elements without computing: reshape, transpose, slice, concat, gather, patchify.
 */
import { describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { aroundAxis, resolveAxis, type Shape, sizeOf, stridesOf } from '../shape.ts';
import { full, type Tensor, tidy, wrap } from '../tensor.ts';

/** The same elements under another shape. One extent may be −1: it becomes whatever fits. Shares storage with x. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, n) => (n === -1 ? product : product * n), 1);
  const resolved = shape.map((n) => (n === -1 ? x.size / known : n));
  const resolvable = shape.filter((n) => n === -1).length <= 1 && resolved.every((n) => Number.isInteger(n) && n > 0);
  if (!resolvable || sizeOf(resolved) !== x.size) {
    throw new TensorError('shape', `reshape: ${describe(x.shape)} has ${x.size} elements, which do not fill ${describe(shape)}`);
  }
  return operation('reshape', { x }, () => ({ output: x.view(resolved), gradients: { x: (dy) => dy.view(x.shape) } }));
}

/**
 * Axis i of the result is axis permutation[i] of x.
 *
 * @param permutation all axes, each once; by default the last two change places
 */
export function transpose(x: Tensor, permutation: readonly number[] = lastTwoSwapped(x.shape.length)): Tensor {
  const { shape } = x;
  if (permutation.length !== shape.length || !shape.every((_, axis) => permutation.includes(axis))) {
    throw new TensorError(
      'shape',
      `transpose: ${describe(permutation)} is not a permutation of the axes of a tensor of shape ${describe(shape)}`,
    );
  }
  return operation('transpose', { x }, () => ({
    output: permute(x, permutation),
    gradients: { x: (dy) => permute(dy, inverse(permutation)) },
  }));
}

/** Elements start (inclusive) to end (exclusive) of one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = resolveAxis('slice', axis, x.shape);
  const extent = x.shape[at] ?? 0;
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > extent || start >= end) {
    throw new TensorError(
      'shape',
      `slice: [${start}, ${end}) is not a non-empty range of axis ${axis}, which has ${extent} elements in ${describe(x.shape)}`,
    );
  }
  const shape = x.shape.with(at, end - start);
  const strides = stridesOf(x.shape);
  return operation('slice', { x }, () => ({
    output: wrap(x.backend, x.backend.copy(x.storage, { shape, strides, offset: start * (strides[at] ?? 1) }), shape),
    gradients: {
      x: (dy) => {
        const before = start > 0 ? [full(x.backend, shape.with(at, start), 0)] : [];
        const after = end < extent ? [full(x.backend, shape.with(at, extent - end), 0)] : [];
        return join([...before, dy, ...after], at);
      },
    },
  }));
}

/** Tensors one after another along an axis; all other extents must agree. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const [first] = xs;
  if (first === undefined) throw new TensorError('argument', 'concat: the list of tensors is empty');
  const at = resolveAxis('concat', axis, first.shape);
  for (const x of xs) {
    if (x.shape.length !== first.shape.length || x.shape.some((n, i) => i !== at && n !== first.shape[i])) {
      throw new TensorError('shape', `concat: ${describe(x.shape)} and ${describe(first.shape)} differ outside of axis ${axis}`);
    }
  }
  const inputs = Object.fromEntries(xs.map((x, i) => [String(i), x]));
  return operation('concat', inputs, () => {
    let end = 0;
    const pullbacks = xs.map((x, i) => {
      const start = end;
      end += x.shape[at] ?? 0;
      const range = [start, end] as const;
      return [String(i), (dy: Tensor) => slice(dy, at, ...range)] as const;
    });
    return { output: join(xs, at), gradients: Object.fromEntries(pullbacks) };
  });
}

/**
 * Rows of x by number, along its first axis: row i of the result is x[indices[i]]. A row may be taken several times.
 *
 * @param x [rows, ...]
 * @returns [indices.length, ...]
 */
export function gather(x: Tensor, indices: readonly number[] | Uint32Array): Tensor {
  const [rows = 1, ...rest] = x.shape;
  const outside = Array.from(indices).find((index) => !Number.isInteger(index) || index < 0 || index >= rows);
  if (outside !== undefined || x.shape.length === 0 || indices.length === 0) {
    throw new TensorError('argument', `gather: ${outside ?? 'an empty list'} does not name rows of a tensor of shape ${describe(x.shape)}`);
  }
  const numbers = Uint32Array.from(indices);
  const width = sizeOf(rest);
  return operation('gather', { x }, (backend) => ({
    output: wrap(backend, backend.gather(x.storage, numbers, width), [numbers.length, ...rest]),
    gradients: { x: (dy) => wrap(backend, backend.scatterAdd(dy.storage, numbers, rows, width), x.shape) },
  }));
}

/**
 * Cuts pictures into patches, row by row over the patch grid.
 *
 * @param pictures [batch, channels, height, width]
 * @param patch height and width of a patch; must divide the picture's
 * @returns [batch, patches, channels·patchHeight·patchWidth]
 */
export function patchify(pictures: Tensor, [patchHeight, patchWidth]: readonly [number, number]): Tensor {
  const { batch, channels, rows, columns } = patchGrid('patchify', pictures.shape, patchHeight, patchWidth);
  return tidy(pictures.backend, () => {
    const cells = reshape(pictures, [batch, channels, rows, patchHeight, columns, patchWidth]);
    return reshape(transpose(cells, [0, 2, 4, 1, 3, 5]), [batch, rows * columns, channels * patchHeight * patchWidth]);
  });
}

/** Pictures from patches: the inverse of patchify, for pictures of shape `shape`. */
export function unpatchify(patches: Tensor, shape: Shape, [patchHeight, patchWidth]: readonly [number, number]): Tensor {
  const { batch, channels, rows, columns } = patchGrid('unpatchify', shape, patchHeight, patchWidth);
  return tidy(patches.backend, () => {
    const cells = reshape(patches, [batch, rows, columns, channels, patchHeight, patchWidth]);
    return reshape(transpose(cells, [0, 3, 1, 4, 2, 5]), shape);
  });
}

/** How many patches a picture [batch, channels, height, width] has. @internal */
export function patchGrid(
  op: string,
  shape: Shape,
  patchHeight: number,
  patchWidth: number,
): { batch: number; channels: number; rows: number; columns: number } {
  const [batch, channels, height, width] = shape;
  if (shape.length !== 4 || batch === undefined || channels === undefined || height === undefined || width === undefined) {
    throw new TensorError('shape', `${op}: pictures have the shape [batch, channels, height, width]; got ${describe(shape)}`);
  }
  if (height % patchHeight !== 0 || width % patchWidth !== 0) {
    throw new TensorError('shape', `${op}: patches of ${patchHeight}×${patchWidth} do not divide pictures of shape ${describe(shape)}`);
  }
  return { batch, channels, rows: height / patchHeight, columns: width / patchWidth };
}

function permute(x: Tensor, permutation: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const pick = (values: readonly number[]): number[] => permutation.map((axis) => values[axis] ?? 1);
  const shape = pick(x.shape);
  return wrap(x.backend, x.backend.copy(x.storage, { shape, strides: pick(strides), offset: 0 }), shape);
}

function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}

function lastTwoSwapped(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return rank < 2 ? axes : [...axes.slice(0, -2), rank - 1, rank - 2];
}

function join(xs: readonly Tensor[], axis: number): Tensor {
  const [first] = xs;
  if (first === undefined) throw new TensorError('argument', 'concat: the list of tensors is empty');
  const lengths = xs.map((x) => x.shape[axis] ?? 1);
  const total = lengths.reduce((a, b) => a + b, 0);
  const { outer, inner } = aroundAxis(first.shape, axis);
  const storage = first.backend.concat(
    xs.map((x) => x.storage),
    lengths,
    outer,
    inner,
  );
  return wrap(first.backend, storage, first.shape.with(axis, total));
}
