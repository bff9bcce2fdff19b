/**
 * The tensor: a shape, and the storage of a backend that holds its elements. Operations are functions in `ops/` and not methods, so that
 * a bundle contains only those that it uses.
 */
import type { Backend, Owner, Storage } from './backend.ts';
import { openScope } from './context.ts';
import { checkNumber, describe, TensorError } from './errors.ts';
import { checkShape, type Shape, sizeOf } from './shape.ts';

/** Storage that several tensors may share, as a tensor and its reshaped form do. It is freed with the last of them. */
interface Handle {
  readonly storage: Storage;
  references: number;
}

/** The owner of tensors that no scope frees. */
const NOBODY: Owner = { own: () => {} };

/** Longer tensors are shown by half as many elements of their beginning, and as many of their end. */
const MOST_SHOWN = 8;

/**
 * A multi-dimensional array of 32-bit floats on a backend. `tensor`, `full` and the operations make one.
 *
 * @example String(tensor(backend, [1, 2, 3, 4, 5, 6], [2, 3])); // Tensor [2, 3] on reference: 1, 2, 3, 4, 5, 6
 */
export class Tensor {
  /** Where the elements are, and where operations on them are computed. */
  readonly backend: Backend;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: Shape;
  #handle: Handle | undefined;

  /** @internal Use `tensor()`, `full()` or an operation. */
  constructor(backend: Backend, shape: Shape, handle: Handle, owner: Owner | undefined = backend.context.owners.at(-1)) {
    this.backend = backend;
    this.shape = shape;
    this.#handle = handle;
    handle.references++;
    owner?.own(this);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** True once the tensor was freed: it cannot be used any more. */
  get disposed(): boolean {
    return this.#handle === undefined;
  }

  /** @internal The backend's storage. Throws a TensorError `disposed` after `dispose`. */
  get storage(): Storage {
    return this.#live().storage;
  }

  /**
   * The elements, row by row. This waits until they are computed; everything else in this library only enqueues work.
   *
   * @throws TensorError `disposed`, and the first error of the work waited for
   */
  async data(): Promise<Float32Array> {
    return await this.backend.read(this.storage);
  }

  /**
   * The element of a tensor that has only one. Waits, like `data`.
   *
   * @throws TensorError `shape` when the tensor has more elements, else as `data` does
   */
  async item(): Promise<number> {
    const [value] = this.size === 1 ? await this.data() : [];
    if (value === undefined) {
      throw new TensorError(
        'shape',
        `item: a tensor of shape ${describe(this.shape)} has ${this.size} elements, not one; read it with data()`,
      );
    }
    return value;
  }

  /** The same elements under another shape of equal size, in the same storage. Unlike `reshape` it is never recorded. @internal */
  view(shape: Shape): Tensor {
    return new Tensor(this.backend, shape, this.#live());
  }

  /** A second tensor on the same storage, which no scope owns: it lives until it is disposed. */
  retain(): Tensor {
    return new Tensor(this.backend, this.shape, this.#live(), NOBODY);
  }

  /**
   * Frees the tensor; its storage is freed with the last tensor that shares it. While an open tape has recorded the tensor, a gradient
   * may need its elements, so then it stays usable and is freed when the tape is closed. Disposing again does nothing.
   */
  dispose(): void {
    const handle = this.#handle;
    if (handle === undefined || this.backend.context.recorders.some((tape) => tape.defer(this))) return;
    this.#handle = undefined;
    if (--handle.references === 0) this.backend.release(handle.storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The shape, the backend and the first and last elements; without the elements where the backend cannot show them at once. */
  toString(): string {
    const what = `Tensor ${describe(this.shape)}`;
    if (this.#handle === undefined) return `${what} (disposed)`;
    const { size } = this;
    const half = MOST_SHOWN / 2;
    const positions = Array.from({ length: Math.min(size, MOST_SHOWN) }, (_, i) => (i < half ? i : Math.max(i, size - MOST_SHOWN + i)));
    const values = this.backend.peek?.(this.#handle.storage, positions)?.map((value) => String(Number(value.toPrecision(6))));
    if (values === undefined) return `${what} on ${this.backend.name} (values: await x.data())`;
    if (size > MOST_SHOWN) values.splice(half, 0, '…');
    return `${what} on ${this.backend.name}: ${values.join(', ')}`;
  }

  static {
    // Node and its debuggers print an object by the method of this name.
    Object.defineProperty(Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: Tensor.prototype.toString });
  }

  #live(): Handle {
    if (this.#handle === undefined) {
      throw new TensorError(
        'disposed',
        `a tensor of shape ${describe(this.shape)} was used after it was disposed; keep it with scope.keep() or return it from tidy()`,
      );
    }
    return this.#handle;
  }
}

/** Wraps storage that a backend just made. @internal */
export function wrap(backend: Backend, storage: Storage, shape: Shape): Tensor {
  return new Tensor(backend, shape, { storage, references: 0 });
}

/** The elements of x under another shape of equal size; x itself is disposed. @internal */
export function intoShape(x: Tensor, shape: Shape): Tensor {
  const view = x.view(shape);
  x.dispose();
  return view;
}

/**
 * A tensor with given elements.
 *
 * @param data as many numbers as `shape` has elements, row by row; they are copied
 * @param shape one axis by default
 * @throws TensorError `shape` when the numbers do not fill the shape, or an extent is not a positive integer; `argument` when the list
 * holds something that is not a number, such as another list
 * @example tensor(backend, [1, 2, 3, 4, 5, 6], [2, 3]); // Tensor [2, 3] on reference: 1, 2, 3, 4, 5, 6
 */
export function tensor(backend: Backend, data: Float32Array | readonly number[], shape: Shape = [data.length]): Tensor {
  checkData('tensor', data, shape);
  return wrap(backend, backend.upload(data instanceof Float32Array ? data : Float32Array.from(data)), [...shape]);
}

/** Throws a TensorError unless the list holds numbers, as many as the shape has elements. @internal */
export function checkData(op: string, data: Float32Array | readonly number[], shape: Shape): void {
  checkShape(op, shape);
  if (data.length !== sizeOf(shape)) {
    throw new TensorError(
      'shape',
      `${op}: ${data.length} numbers do not fill the shape ${describe(shape)}, which has ${sizeOf(shape)} elements`,
    );
  }
  const wrong = data instanceof Float32Array ? -1 : data.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) {
    throw new TensorError('argument', `${op}: element ${wrong} is not a number; give one flat list, and the shape after it`);
  }
}

/**
 * A tensor whose elements are all the same number.
 *
 * @param value any number, ±Infinity included
 * @throws TensorError `shape` when an extent is not a positive integer, `argument` when the value is NaN or missing
 * @example full(backend, [2, 2], 0.5); // Tensor [2, 2] on reference: 0.5, 0.5, 0.5, 0.5
 */
export function full(backend: Backend, shape: Shape, value: number): Tensor {
  checkShape('full', shape);
  checkNumber('full', 'value', value, !Number.isNaN(Number(value)), 'a number');
  return wrap(backend, backend.full(sizeOf(shape), value), [...shape]);
}

/** Keeps the tensors in a result of `tidy`: alone, or inside arrays and plain records. */
function keepTensors(value: unknown, keep: (tensor: Tensor) => void): void {
  if (value instanceof Tensor) keep(value);
  else if (Array.isArray(value)) for (const item of value) keepTensors(item, keep);
  else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) keepTensors(item, keep);
  }
}

/**
 * Runs a synchronous computation and frees every tensor that it made, except those in its result.
 *
 * @param body gives a tensor, or an array or a record of tensors, or any other value
 * @returns what `body` gives; its tensors belong to the scope around this call, or to the caller when there is none
 * @throws TensorError `argument` when `body` returns a promise, because its tensors would be freed before it is done
 * @example tidy(backend, () => sum(exp(full(backend, [3], 0)))); // Tensor [] on reference: 3
 */
export function tidy<T>(backend: Backend, body: () => T): T {
  using scope = openScope(backend);
  const result = body();
  if (result instanceof Promise) {
    throw new TensorError('argument', 'tidy: the function returned a promise; compute inside of tidy and await data() outside');
  }
  keepTensors(result, (tensor) => scope.keep(tensor));
  return result;
}
