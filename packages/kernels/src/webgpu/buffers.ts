/**
 * GPU buffers, reused: creating one costs far more than taking one from a list, and some systems crash when memory is not reused.
 *
 * The pool knows nothing of commands. A caller may give a buffer back only when every command that uses it has been submitted:
 * `queue.writeBuffer` takes effect before work that is not yet submitted, so an upload into a buffer that was given back too early would
 * change what that work reads.
 */
import { BUFFER_USAGE } from './flags.ts';

/** A buffer of the pool. `id` is unique within it. */
export interface PooledBuffer {
  readonly id: number;
  readonly bytes: number;
  readonly gpu: GPUBuffer;
}

/** Buffers are a multiple of this many bytes. */
const GRAIN = 256;

/** The size class of a request: four per power of two, so at most a fifth of a buffer is unused. Never more than `most`. */
export function sizeClass(bytes: number, most: number): number {
  if (bytes <= GRAIN) return GRAIN;
  const step = Math.max(GRAIN, 2 ** (Math.floor(Math.log2(bytes - 1)) - 2));
  return Math.min(Math.ceil(bytes / step) * step, Math.floor(most / GRAIN) * GRAIN);
}

/** Free buffers by size class, up to a number of bytes in all. */
export class BufferPool {
  readonly #create: (bytes: number) => GPUBuffer;
  readonly #onDestroy: (buffer: PooledBuffer) => void;
  readonly #capacity: number;
  /** By size class, the lowest id last. So a computation that is repeated gets the same buffers again, and finds their bind groups. */
  readonly #free = new Map<number, PooledBuffer[]>();
  /** All free buffers, the one that was unused for the longest time first. */
  readonly #idle = new Set<PooledBuffer>();
  #idleBytes = 0;
  #nextId = 0;

  /** `capacity` is the number of bytes that may lie idle; `onDestroy` is told of every buffer that is destroyed. */
  constructor(create: (bytes: number) => GPUBuffer, onDestroy: (buffer: PooledBuffer) => void, capacity: number) {
    this.#create = create;
    this.#onDestroy = onDestroy;
    this.#capacity = capacity;
  }

  /** Bytes that lie idle. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** A buffer of exactly `bytes`, which must be a size class. Its contents are undefined. */
  acquire(bytes: number): PooledBuffer {
    const buffer = this.#free.get(bytes)?.pop();
    if (!buffer) return { id: this.#nextId++, bytes, gpu: this.#create(bytes) };
    this.#idle.delete(buffer);
    this.#idleBytes -= bytes;
    return buffer;
  }

  /** Gives a buffer back that no unsubmitted command uses. */
  recycle(buffer: PooledBuffer): void {
    const list = this.#free.get(buffer.bytes);
    if (list) list.splice(placeIn(list, buffer), 0, buffer);
    else this.#free.set(buffer.bytes, [buffer]);
    this.#idle.add(buffer);
    this.#idleBytes += buffer.bytes;
    for (const oldest of this.#idle) {
      if (this.#idleBytes <= this.#capacity) break;
      this.#drop(oldest);
    }
  }

  /** Destroys everything that lies idle. */
  clear(): void {
    for (const buffer of this.#idle) this.#drop(buffer);
  }

  #drop(buffer: PooledBuffer): void {
    const list = this.#free.get(buffer.bytes) ?? [];
    list.splice(list.indexOf(buffer), 1);
    this.#idle.delete(buffer);
    this.#idleBytes -= buffer.bytes;
    this.#onDestroy(buffer);
    buffer.gpu.destroy();
  }
}

/** The index at which a buffer belongs in a list whose ids fall. */
function placeIn(list: readonly PooledBuffer[], { id }: PooledBuffer): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.id ?? -1) > id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The usage of every storage buffer. */
export const STORAGE_USAGE: number = BUFFER_USAGE.STORAGE | BUFFER_USAGE.COPY_SRC | BUFFER_USAGE.COPY_DST;
