/**
 * Operations that move elements and compute nothing: reshape, transpose, slice, concat, gather, patchify, unpatchify.
 */
import { describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { aroundAxis, checkShape, resolveAxis, type Shape, sameShape, sizeOf, stridesOf } from '../shape.ts';
import { full, type Tensor, tidy, wrap } from '../tensor.ts';

/**
 * The same elements under another shape. The result shares its storage with x.
 *
 * @param x any shape
 * @param shape extents with the same product; one of them may be −1, which stands for whatever is missing
 * @returns a tensor of the given shape
 * @throws TensorError `shape` when the elements of x do not fill the shape
 * @example reshape(tensor(backend, [1, 2, 3, 4, 5, 6]), [2, -1]); // Tensor [2, 3] on reference: 1, 2, 3, 4, 5, 6
 */
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
 * The axes of x in another order: axis i of the result is axis permutation[i] of x.
 *
 * @param x any shape
 * @param permutation each axis once; by default the last two change places
 * @returns the extents of x in the new order
 * @throws TensorError `shape` when the permutation does not name each axis once
 * @example transpose(tensor(backend, [1, 2, 3, 4, 5, 6], [2, 3])); // Tensor [3, 2] on reference: 1, 4, 2, 5, 3, 6
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

/**
 * A part of one axis: from `start` up to but not including `end`.
 *
 * @param x [..., n, ...]
 * @param axis which axis has n elements; negative ones count from the end
 * @param start from 0
 * @param end at most n
 * @returns [..., end − start, ...]
 * @throws TensorError `shape` when there is no such axis, or when the range is empty or reaches beyond the axis
 * @example slice(tensor(backend, [1, 2, 3, 4]), 0, 1, 3); // Tensor [2] on reference: 2, 3
 */
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

/**
 * Tensors one after another along an axis.
 *
 * @param xs [..., n, ...], where only n may differ
 * @param axis which axis has n elements; negative ones count from the end
 * @returns [..., the sum of all n, ...]
 * @throws TensorError `shape` when there is no such axis or another extent differs; `argument` when the list is empty or the tensors live
 * on several backends
 * @example concat([tensor(backend, [1, 2]), tensor(backend, [3])], 0); // Tensor [3] on reference: 1, 2, 3
 */
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
 * Rows of x by their numbers: row i of the result is row indices[i] of x. A row may be taken several times.
 *
 * @param x [rows, ...]
 * @param indices at least one, each from 0 to rows − 1
 * @returns [indices.length, ...]
 * @throws TensorError `argument` when there are no indices, one of them is not the number of a row, or x has no axes
 * @example gather(tensor(backend, [1, 2, 3, 4], [2, 2]), [1, 1, 0]); // Tensor [3, 2] on reference: 3, 4, 3, 4, 1, 2
 */
export function gather(x: Tensor, indices: readonly number[] | Uint32Array): Tensor {
  const [rows = 0, ...rest] = x.shape;
  const wrong = indices.findIndex((index) => !Number.isInteger(index) || index < 0 || index >= rows);
  if (wrong >= 0 || indices.length === 0) {
    const fault = wrong >= 0 ? String(indices[wrong]) : 'an empty list';
    throw new TensorError('argument', `gather: ${fault} does not name rows of a tensor of shape ${describe(x.shape)}`);
  }
  const numbers = Uint32Array.from(indices);
  const width = sizeOf(rest);
  return operation('gather', { x }, (backend) => ({
    output: wrap(backend, backend.gather(x.storage, numbers, width), [numbers.length, ...rest]),
    gradients: { x: (dy) => wrap(backend, backend.scatterAdd(dy.storage, numbers, rows, width), x.shape) },
  }));
}

/**
 * Cuts pictures into patches, in the order of reading: from left to right, then from top to bottom.
 *
 * @param pictures [batch, channels, height, width]
 * @param patch [patchHeight, patchWidth], which divide the height and the width
 * @returns [batch, patches, channels·patchHeight·patchWidth]
 * @throws TensorError `shape` when pictures do not have four axes or patches do not divide them; `argument` when the height or width of a
 * patch is not a positive integer
 * @example patchify(tensor(backend, [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 4]), [2, 2]); // Tensor [1, 2, 4] on reference: 1, 2, 5, 6, 3, 4, 7, 8
 */
export function patchify(pictures: Tensor, [patchHeight, patchWidth]: readonly [number, number]): Tensor {
  const { batch, channels, rows, columns } = patchGrid('patchify', pictures.shape, patchHeight, patchWidth);
  return tidy(pictures.backend, () => {
    const cells = reshape(pictures, [batch, channels, rows, patchHeight, columns, patchWidth]);
    return reshape(transpose(cells, [0, 2, 4, 1, 3, 5]), [batch, rows * columns, channels * patchHeight * patchWidth]);
  });
}

/**
 * Pictures from patches: the inverse of `patchify`.
 *
 * @param patches [batch, patches, channels·patchHeight·patchWidth]
 * @param shape [batch, channels, height, width] of the pictures
 * @param patch [patchHeight, patchWidth]
 * @returns a tensor of the given shape
 * @throws TensorError `shape` when these patches are not those of pictures of this shape, else as `patchify` does
 * @example unpatchify(tensor(backend, [1, 2, 5, 6, 3, 4, 7, 8], [1, 2, 4]), [1, 1, 2, 4], [2, 2]); // Tensor [1, 1, 2, 4] on reference: 1, 2, 3, 4, 5, 6, 7, 8
 */
export function unpatchify(patches: Tensor, shape: Shape, [patchHeight, patchWidth]: readonly [number, number]): Tensor {
  checkShape('unpatchify', shape);
  const { batch, channels, rows, columns } = patchGrid('unpatchify', shape, patchHeight, patchWidth);
  const expected = [batch, rows * columns, channels * patchHeight * patchWidth];
  if (!sameShape(patches.shape, expected)) {
    const fault = `patches ${describe(patches.shape)} are not those of pictures ${describe(shape)}, which are ${describe(expected)}`;
    throw new TensorError('shape', `unpatchify: ${fault}`);
  }
  return tidy(patches.backend, () => {
    const cells = reshape(patches, [batch, rows, columns, channels, patchHeight, patchWidth]);
    return reshape(transpose(cells, [0, 3, 1, 4, 2, 5]), shape);
  });
}

/** The grid of patches of pictures [batch, channels, height, width]. Throws a TensorError when there is none. @internal */
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
  if (![patchHeight, patchWidth].every((n) => Number.isInteger(n) && n > 0)) {
    throw new TensorError('argument', `${op}: patches of ${patchHeight}×${patchWidth} cannot be cut; both must be positive integers`);
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

/** `concat` without checks and without a gradient. */
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
