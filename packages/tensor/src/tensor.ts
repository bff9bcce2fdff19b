/**
 * The tensor: a shape over storage that a backend holds. Operations are functions in `ops/`, not methods, so that a bundle
 * contains the ones that it uses.
 */
import type { Backend, Owner, Storage } from './backend.ts';
import { openScope } from './context.ts';
import { describe, TensorError } from './errors.ts';
import { checkShape, type Shape, sizeOf } from './shape.ts';

/** Storage that several tensors share (a reshape is the same storage under another shape); freed with the last of them. */
interface Handle {
  readonly storage: Storage;
  references: number;
}

/** Owns what it is given for as long as the caller likes. */
const NOBODY: Owner = { own: () => {} };

export class Tensor {
  readonly backend: Backend;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: Shape;
  #handle: Handle | undefined;

  /** @internal Use `tensor()` or an operation. */
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

  get disposed(): boolean {
    return this.#handle === undefined;
  }

  /** @internal The backend's handle. Throws after `dispose`. */
  get storage(): Storage {
    return this.#live().storage;
  }

  /** The elements, row by row. Waits for all work that they depend on; everything else only enqueues. */
  async data(): Promise<Float32Array> {
    return await this.backend.read(this.storage);
  }

  /** The single element of a tensor of size 1. Waits, like `data`. */
  async item(): Promise<number> {
    const [value] = await this.data();
    if (this.size !== 1 || value === undefined) {
      throw new TensorError(
        'shape',
        `item: a tensor of shape ${describe(this.shape)} has ${this.size} elements, not one; read it with data()`,
      );
    }
    return value;
  }

  /** The same elements under another shape of equal size. Shares storage; not recorded (that is `reshape`). @internal */
  view(shape: Shape): Tensor {
    return new Tensor(this.backend, shape, this.#live());
  }

  /** A second tensor on the same storage that no scope owns: it lives until it is disposed. */
  retain(): Tensor {
    return new Tensor(this.backend, this.shape, this.#live(), NOBODY);
  }

  /** Gives the storage back. When an open tape has recorded this tensor, that waits until the tape is closed: a gradient may want the value. */
  dispose(): void {
    const handle = this.#handle;
    if (handle === undefined || this.backend.context.recorders.some((tape) => tape.defer(this))) return;
    this.#handle = undefined;
    if (--handle.references === 0) this.backend.release(handle.storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
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

/** x under another shape of equal size, in place of x itself, which is disposed. @internal */
export function intoShape(x: Tensor, shape: Shape): Tensor {
  const view = x.view(shape);
  x.dispose();
  return view;
}

/**
 * Copies numbers to a backend.
 *
 * @param data as many as `shape` has elements, row by row
 * @param shape extents; a flat list by default
 */
export function tensor(backend: Backend, data: Float32Array | readonly number[], shape: Shape = [data.length]): Tensor {
  checkData('tensor', data, shape);
  return wrap(backend, backend.upload(data instanceof Float32Array ? data : Float32Array.from(data)), shape);
}

/** Throws a TensorError unless the numbers fill the shape. @internal */
export function checkData(op: string, data: ArrayLike<number>, shape: Shape): void {
  checkShape(op, shape);
  if (data.length !== sizeOf(shape)) {
    throw new TensorError(
      'shape',
      `${op}: ${data.length} numbers do not fill the shape ${describe(shape)}, which has ${sizeOf(shape)} elements`,
    );
  }
}

/** A tensor of one value throughout. */
export function full(backend: Backend, shape: Shape, value: number): Tensor {
  checkShape('full', shape);
  return wrap(backend, backend.full(sizeOf(shape), value), shape);
}

/** What `tidy` keeps: tensors, alone or inside arrays and plain records; other values pass through. */
function keepTensors(value: unknown, keep: (tensor: Tensor) => void): void {
  if (value instanceof Tensor) keep(value);
  else if (Array.isArray(value)) for (const item of value) keepTensors(item, keep);
  else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) keepTensors(item, keep);
  }
}

/**
 * Runs a synchronous computation and frees every tensor that it made, but those in its result (alone, in arrays or in records).
 *
 * @throws TensorError `argument` when `body` returns a promise: its tensors would be freed before it is done
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
