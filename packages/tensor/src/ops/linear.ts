/**
 * Matrix products: the general one, and the linear layer with what can be done to its result before it is stored.
 */
import type { Activation, MatmulSize } from '../backend.ts';
import { describe, TensorError } from '../errors.ts';
import { commonBackend, isRecording, operation } from '../operation.ts';
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../shape.ts';
import { type Tensor, tidy, wrap } from '../tensor.ts';
import { activate, checkActivation } from './activations.ts';
import { add, mul } from './arithmetic.ts';
import { reshape, slice } from './movement.ts';
import { broadcastTo, sum } from './reduce.ts';

/** How the operands of a product are stored. */
export interface MatmulOptions {
  /** a is stored as [..., k, m]. */
  readonly transposeA?: boolean;
  /** b is stored as [..., n, k]. */
  readonly transposeB?: boolean;
}

/**
 * The matrix product a·b, for each index of the axes before the last two. These axes broadcast.
 *
 * @param a [..., m, k]
 * @param b [..., k, n]
 * @returns [..., m, n]
 * @throws TensorError `shape` when an operand has fewer than two axes, k differs or the other axes do not broadcast; `argument` when the
 * tensors live on two backends
 * @example matmul(tensor(backend, [1, 2, 3, 4], [2, 2]), tensor(backend, [10, 1], [2, 1])); // Tensor [2, 1] on reference: 12, 34
 */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions = {}): Tensor {
  const { size, shape, batchA, batchB } = productSize(a.shape, b.shape, transposeA, transposeB);
  if (batchA || batchB) {
    return tidy(a.backend, () =>
      matmul(
        batchA ? broadcastTo(a, [...batchA, ...a.shape.slice(-2)]) : a,
        batchB ? broadcastTo(b, [...batchB, ...b.shape.slice(-2)]) : b,
        { transposeA, transposeB },
      ),
    );
  }
  return operation('matmul', { a, b }, (backend) => ({
    output: wrap(backend, backend.matmul(a.storage, b.storage, size), shape),
    gradients: {
      a: (dy) => (transposeA ? matmul(b, dy, { transposeA: transposeB, transposeB: true }) : matmul(dy, b, { transposeB: !transposeB })),
      b: (dy) => (transposeB ? matmul(dy, a, { transposeA: true, transposeB: transposeA }) : matmul(a, dy, { transposeA: !transposeA })),
    },
  }));
}

/** What is done to the result of a linear layer. */
export interface LinearOptions {
  /** Applied to x·weightᵀ + bias. */
  readonly activation?: Activation | undefined;
  /** `[out]`, or `[rows, out]` with a `scaleRow`: multiplies each feature after the activation (LayerScale). */
  readonly scale?: Tensor | undefined;
  /** Which row of `scale` multiplies. */
  readonly scaleRow?: number | undefined;
  /** [..., out], the shape of the result: added at the end. For a result of three axes also without the first of them. */
  readonly residual?: Tensor | undefined;
}

/**
 * residual + scale ⊙ activation(x·weightᵀ + bias). This is one primitive of the backend; while a tape records, an activation and a scale
 * are separate operations.
 *
 * @param x [..., in]
 * @param weight [out, in], as PyTorch stores it
 * @param bias [out]
 * @returns [..., out]
 * @throws TensorError `shape` when x, weight, bias, scale or residual do not have these shapes; `argument` when there is no activation of
 * this name or the tensors live on several backends
 * @example
 * const [x, weight] = [tensor(backend, [1, -1]), tensor(backend, [1, 2, 3, 4, 7, 6], [3, 2])];
 * linear(x, weight, full(backend, [3], 10), { activation: 'relu' }); // Tensor [3] on reference: 9, 9, 11
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor, { activation, scale, scaleRow, residual }: LinearOptions = {}): Tensor {
  const { m, n, shape } = layerSize(x.shape, weight.shape, bias?.shape);
  const sharedResidual = residual !== undefined && checkResidual(residual.shape, shape);
  if (activation !== undefined) checkActivation('linear', activation);
  if (scale !== undefined) checkScale(scale.shape, scaleRow, n, shape);
  commonBackend('linear', [x, weight, bias, scale, residual]);
  if (isRecording(x.backend) && (activation !== undefined || scale !== undefined)) {
    return tidy(x.backend, () => {
      const product = linear(x, weight, bias);
      const active = activation === undefined ? product : activate(product, activation);
      const factors = scale === undefined || scaleRow === undefined ? scale : reshape(slice(scale, 0, scaleRow, scaleRow + 1), [n]);
      const scaled = factors === undefined ? active : mul(active, factors);
      return residual === undefined ? scaled : add(scaled, residual);
    });
  }
  return operation('linear', { x, weight, bias, residual }, (backend) => {
    const k = x.size / m;
    const batch = sharedResidual ? m / (shape.at(-2) ?? 1) : 1;
    const size: MatmulSize = { batch, m: m / batch, n, k, transposeA: false, transposeB: true, sharedA: false, sharedB: true };
    const epilogue = {
      bias: bias?.storage,
      activation,
      scale: scale?.storage,
      scaleOffset: n * (scaleRow ?? 0),
      residual: residual?.storage,
      sharedResidual,
    };
    return {
      output: wrap(backend, backend.matmul(x.storage, weight.storage, size, epilogue), shape),
      gradients: {
        x: (dy) => matmul(dy.view([m, n]), weight).view(x.shape),
        weight: (dy) => matmul(dy.view([m, n]), x.view([m, k]), { transposeA: true }),
        bias: (dy) => sum(dy.view([m, n]), { axes: [0] }),
        residual: (dy) => dy,
      },
    };
  });
}

function layerSize(x: Shape, weight: Shape, bias: Shape | undefined): { m: number; n: number; shape: Shape } {
  const [n, k] = weight;
  if (
    weight.length !== 2 ||
    n === undefined ||
    k === undefined ||
    x.length === 0 ||
    x.at(-1) !== k ||
    (bias !== undefined && !sameShape(bias, [n]))
  ) {
    const third = bias === undefined ? '' : ` and a bias ${describe(bias)}`;
    throw new TensorError(
      'shape',
      `linear: an input ${describe(x)} does not fit a weight ${describe(weight)}${third}; they are [..., in], [out, in] and [out]`,
    );
  }
  return { m: sizeOf(x) / k, n, shape: x.with(-1, n) };
}

function checkScale(scale: Shape, row: number | undefined, n: number, shape: Shape): void {
  const [rows = 0, columns] = scale;
  const fits =
    row === undefined ? sameShape(scale, [n]) : scale.length === 2 && columns === n && Number.isInteger(row) && row >= 0 && row < rows;
  if (fits) return;
  const what = row === undefined ? `a scale ${describe(scale)}` : `row ${row} of a scale ${describe(scale)}`;
  const wanted = row === undefined ? `[${n}]` : `a row of [rows, ${n}]`;
  throw new TensorError('shape', `linear: ${what} does not fit the result ${describe(shape)}; it must be ${wanted}`);
}

/** True when the residual has no batch axis, so that it is the same for every index of it. */
function checkResidual(residual: Shape, shape: Shape): boolean {
  if (sameShape(residual, shape)) return false;
  if (shape.length === 3 && sameShape(residual, shape.slice(1))) return true;
  throw new TensorError(
    'shape',
    `linear: a residual ${describe(residual)} does not fit the result ${describe(shape)}; it must be of that shape`,
  );
}

interface Product {
  readonly size: MatmulSize;
  readonly shape: Shape;
  /** The leading shape that a (or b) has to be stretched to first. */
  readonly batchA: Shape | undefined;
  readonly batchB: Shape | undefined;
}

function productSize(a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): Product {
  const [m, k] = lastTwo(a, transposeA);
  const [k2, n] = lastTwo(b, transposeB);
  if (a.length < 2 || b.length < 2 || k !== k2) {
    const how = `${transposeA ? ' (transposed)' : ''} and ${describe(b)}${transposeB ? ' (transposed)' : ''}`;
    const rule = a.length < 2 || b.length < 2 ? 'both need two axes or more' : `the inner extents ${k} and ${k2} must agree`;
    throw new TensorError('shape', `matmul: ${describe(a)}${how} cannot be multiplied: ${rule}`);
  }
  const leadA = a.slice(0, -2);
  const leadB = b.slice(0, -2);
  const lead = broadcastShapes('matmul', leadA, leadB);
  const batch = sizeOf(lead);
  const sharedA = batch > 1 && sizeOf(leadA) === 1;
  const sharedB = batch > 1 && sizeOf(leadB) === 1;
  return {
    size: { batch, m, n, k, transposeA, transposeB, sharedA, sharedB },
    shape: [...lead, m, n],
    batchA: sharedA || sizeOf(leadA) === batch ? undefined : lead,
    batchB: sharedB || sizeOf(leadB) === batch ? undefined : lead,
  };
}

function lastTwo(shape: Shape, transposed: boolean): [number, number] {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}
