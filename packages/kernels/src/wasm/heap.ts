/**
 * Which parts of the memory are in use.
 *
 * Commands run in the order in which they were enqueued. So memory may be given out again as soon as the last command that uses it is
 * enqueued: the next command that writes there runs later. But the calling thread does not keep to that order. What it writes itself
 * (uploads, walks, indices) must go where no unfinished command reads or writes, so each free block has the number of the last command
 * that used it.
 */
import { TensorError } from '@cdam/tensor';
import { PAGE } from './command-ring.ts';

/** A piece of the memory, in bytes. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
}

interface FreeBlock {
  address: number;
  bytes: number;
  /** The number of the last command that used any of it. */
  lastUse: number;
}

/** Blocks are multiples of this many bytes: a cache line. */
const GRAIN = 64;
/** The memory grows by at least this many bytes, and by at least this part of itself: growing is slow and should be rare. */
const GROWTH = { bytes: 2 ** 20, part: 1 / 16 };

/**
 * Gives out blocks of a memory from `start` on: the smallest free one that is large enough. A block is idle when no unfinished command
 * uses it. Free neighbours are joined when both are idle or neither is: a joined block counts as used until all of it is idle, so joining
 * an idle block with a used one would soon leave none for the calling thread.
 */
export class Heap {
  readonly #memory: WebAssembly.Memory;
  readonly #completed: () => number;
  /** In the order of their addresses. */
  #free: FreeBlock[];

  /** `completed` gives the number of the last completed command. */
  constructor(memory: WebAssembly.Memory, start: number, completed: () => number) {
    this.#memory = memory;
    this.#completed = completed;
    const address = Math.ceil(start / GRAIN) * GRAIN;
    this.#free = [{ address, bytes: this.bytes - address, lastUse: 0 }];
  }

  /** Bytes that the memory has. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** A block for commands that are yet to be enqueued. Throws a `TensorError` with code `backend` when memory is exhausted. */
  allocate(bytes: number): Block {
    return this.#take(bytes, Number.POSITIVE_INFINITY);
  }

  /** A block that the calling thread may write to at once. Throws as `allocate` does. */
  allocateIdle(bytes: number): Block {
    return this.#take(bytes, this.#completed());
  }

  /** Gives a block back that no command after number `lastUse` uses. */
  free({ address, bytes }: Block, lastUse: number): void {
    const next = this.#after(address);
    this.#free.splice(next, 0, { address, bytes, lastUse });
    const completed = this.#completed();
    this.#join(Math.max(0, next - 1), next + 2, completed);
  }

  #take(bytes: number, mostLastUse: number): Block {
    const size = Math.max(GRAIN, Math.ceil(bytes / GRAIN) * GRAIN);
    let block = this.#find(size, mostLastUse);
    if (block === undefined) {
      // Blocks that were in use when they were freed may be idle by now.
      this.#join(0, this.#free.length, mostLastUse);
      block = this.#find(size, mostLastUse) ?? this.#grow(size);
    }
    const { address } = block;
    block.address += size;
    block.bytes -= size;
    if (block.bytes === 0) this.#free.splice(this.#free.indexOf(block), 1);
    return { address, bytes: size };
  }

  #find(size: number, mostLastUse: number): FreeBlock | undefined {
    let best: FreeBlock | undefined;
    for (const block of this.#free) {
      if (block.bytes >= size && block.lastUse <= mostLastUse && (best === undefined || block.bytes < best.bytes)) best = block;
    }
    return best;
  }

  /** Joins neighbours in a part of the list when both are idle or neither is. Idle are those that no command after `mostLastUse` uses. */
  #join(from: number, to: number, mostLastUse: number): void {
    const joined: FreeBlock[] = [];
    for (const block of this.#free.slice(from, to)) {
      const last = joined.at(-1);
      if (last && last.address + last.bytes === block.address && last.lastUse <= mostLastUse === block.lastUse <= mostLastUse) {
        last.bytes += block.bytes;
        last.lastUse = Math.max(last.lastUse, block.lastUse);
      } else {
        joined.push(block);
      }
    }
    this.#free.splice(from, to - from, ...joined);
  }

  /** The index of the first free block from an address on. */
  #after(address: number): number {
    let [low, high] = [0, this.#free.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#free[middle]?.address ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Fresh memory of at least `bytes`: a free block that no command has used. */
  #grow(bytes: number): FreeBlock {
    const address = this.bytes;
    const wanted = Math.max(bytes, GROWTH.bytes, address * GROWTH.part);
    // Near the engine's limit there may be room for `bytes`, though not for the growth that is wanted.
    for (const pages of [wanted, bytes].map((n) => Math.ceil(n / PAGE))) {
      try {
        this.#memory.grow(pages);
      } catch (error) {
        if (error instanceof RangeError) continue;
        throw error;
      }
      const block: FreeBlock = { address, bytes: this.bytes - address, lastUse: 0 };
      this.#free.push(block);
      return block;
    }
    const [need, have] = [bytes, address].map((n) => `${(n / 2 ** 20).toFixed(1)} MiB`);
    throw new TensorError(
      'backend',
      `wasm: out of memory: ${need} beyond the ${have} in use are wanted; dispose tensors, or use smaller batches`,
    );
  }
}
