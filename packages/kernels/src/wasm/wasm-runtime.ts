/**
 * What the functions that call kernels need: storages, memory for a short time, and commands whose work is cut into tickets.
 */
import { type MemoryUse, type Storage, TensorError } from '@cdam/tensor';
import { RING_END } from './command-ring.ts';
import type { Executor } from './executor.ts';
import { type Block, Heap } from './heap.ts';
import { type KernelName, type KernelNumbers, positional } from './kernel-table.ts';

/** Bytes of a float. */
export const FLOAT = 4;

/** The least work of a ticket, in multiplications: about ten microseconds. */
const WORTHWHILE = 1 << 16;
/** Tickets for each thread, when there is work enough. A thread that is done early takes more of them than another. */
const TICKETS = 4;

/** The storage handles that this backend gives out. */
export class WasmStorage implements Storage {
  readonly owner: WasmRuntime;
  readonly length: number;
  readonly block: Block;
  /** What was made of it and kept, such as packed panels, by a key that says what it is. Freed with the storage, and when it changes. */
  readonly derived: Map<string, Block> = new Map();
  /** How often each of these was asked for. */
  readonly demand: Map<string, number> = new Map();
  live = true;

  constructor(owner: WasmRuntime, length: number, block: Block) {
    this.owner = owner;
    this.length = length;
    this.block = block;
  }
}

/** The work of a command. */
export interface Work {
  readonly units: number;
  /** The work of a unit, in multiplications, roughly. */
  readonly cost: number;
  /** Tickets begin at multiples of this; 1 when missing. */
  readonly multiple?: number;
  /** Bytes of scratch memory for each thread. */
  readonly scratchBytes?: number;
  /** Whether the calling thread is told when it is completed. */
  readonly notify?: boolean;
}

/** Memory and commands of one backend. */
export class WasmRuntime {
  readonly #executor: Executor;
  readonly #memory: WebAssembly.Memory;
  readonly #heap: Heap;
  readonly #cacheBytes: number;
  #cached = 0;
  #use: MemoryUse = { bytes: 0, storages: 0 };
  #disposed = false;

  /** `cacheBytes`: how much may be kept of what is derived from storages. */
  constructor(executor: Executor, memory: WebAssembly.Memory, cacheBytes: number) {
    this.#executor = executor;
    this.#memory = memory;
    this.#heap = new Heap(memory, RING_END, () => executor.completed());
    this.#cacheBytes = cacheBytes;
  }

  get threads(): number {
    return this.#executor.threads;
  }

  /** Bytes of the WebAssembly memory, which never shrinks. */
  get reserved(): number {
    return this.#heap.bytes;
  }

  memory(): MemoryUse {
    return this.#use;
  }

  /** Storage for the result of a command. */
  create(length: number): WasmStorage {
    this.#check();
    return this.#own(length, this.#heap.allocate(length * FLOAT));
  }

  upload(data: Float32Array): WasmStorage {
    this.#check();
    const storage = this.#own(data.length, this.#heap.allocateIdle(data.byteLength));
    new Float32Array(this.#memory.buffer, storage.block.address, data.length).set(data);
    return storage;
  }

  async read(x: Storage): Promise<Float32Array> {
    const from = this.address(x);
    // A command copies it first: before this thread reads, later commands may change the storage, or get its memory.
    const copy = this.temporary(x.length * FLOAT);
    this.run(
      'copyRows',
      { units: 1, cost: x.length, notify: true },
      { x: from, fromStride: 0, out: copy.address, toStride: 0, length: x.length },
    );
    const number = this.#executor.enqueued;
    await this.#executor.completion(number);
    const result = new Float32Array(x.length);
    result.set(new Float32Array(this.#memory.buffer, copy.address, x.length));
    this.#heap.free(copy, number);
    return result;
  }

  release(x: Storage): void {
    if (this.#disposed || !(x instanceof WasmStorage) || x.owner !== this || !x.live) return;
    x.live = false;
    this.changed(x);
    this.discard(x.block);
    this.#use = { bytes: this.#use.bytes - x.length * FLOAT, storages: this.#use.storages - 1 };
  }

  dispose(): void {
    this.#disposed = true;
    this.#executor.dispose();
    this.#use = { bytes: 0, storages: 0 };
  }

  /** Where a storage begins. Throws when it was released or belongs to another backend. */
  address(x: Storage): number {
    this.#check();
    if (!(x instanceof WasmStorage) || x.owner !== this) throw new TensorError('backend', 'wasm: this storage belongs to another backend');
    if (!x.live) throw new TensorError('disposed', 'wasm: storage was used after its release');
    return x.block.address;
  }

  /** Memory for the commands that follow. Discard it after the last of them. */
  temporary(bytes: number): Block {
    this.#check();
    return this.#heap.allocate(bytes);
  }

  /** Memory with 32-bit words, which the commands that follow can read. Discard it after the last of them. */
  words(values: ArrayLike<number>): Block {
    this.#check();
    const block = this.#heap.allocateIdle(values.length * 4);
    new Int32Array(this.#memory.buffer, block.address, values.length).set(values);
    return block;
  }

  /** Gives memory back. Commands that were enqueued before may still use it, later ones may not. */
  discard(block: Block): void {
    this.#heap.free(block, this.#executor.enqueued);
  }

  /**
   * Something derived from a storage, of `bytes`, which `make` writes. It is kept when it is asked for a second time, as happens with
   * weights, if there is room. When it is not kept, the caller has to discard it.
   */
  derive(x: Storage, key: string, bytes: number, make: (address: number) => void): { block: Block; kept: boolean } {
    const storage = x instanceof WasmStorage ? x : undefined;
    const known = storage?.derived.get(key);
    if (known) return { block: known, kept: true };
    const block = this.temporary(bytes);
    make(block.address);
    const demand = (storage?.demand.get(key) ?? 0) + 1;
    storage?.demand.set(key, demand);
    if (storage === undefined || demand < 2 || this.#cached + block.bytes > this.#cacheBytes) return { block, kept: false };
    storage.derived.set(key, block);
    this.#cached += block.bytes;
    return { block, kept: true };
  }

  /** To be called when a storage is written in place: what was derived from it is then wrong, and freed. */
  changed(x: Storage): void {
    if (!(x instanceof WasmStorage)) return;
    for (const block of x.derived.values()) {
      this.#cached -= block.bytes;
      this.discard(block);
    }
    x.derived.clear();
    x.demand.clear();
  }

  /**
   * Enqueues a kernel, with its numbers by their names. Write the object out: an engine takes microseconds for a literal with a spread in
   * it, which is longer than a small kernel takes.
   */
  run<K extends KernelName>(kernel: K, work: Work, numbers: KernelNumbers<K>): void {
    this.#check();
    const { units, cost, multiple = 1, scratchBytes = 0, notify = false } = work;
    const { threads } = this.#executor;
    const worthwhile = Math.max(Math.ceil(WORTHWHILE / cost), Math.ceil(units / (threads * TICKETS)));
    const grain = threads === 1 ? units : Math.ceil(worthwhile / multiple) * multiple;
    const scratch = scratchBytes > 0 ? this.temporary(scratchBytes * threads) : undefined;
    const { kernel: place, args } = positional(kernel, numbers);
    this.#executor.enqueue({ kernel: place, units, grain, args, scratch: scratch?.address ?? 0, scratchBytes, notify });
    if (scratch) this.discard(scratch);
  }

  #own(length: number, block: Block): WasmStorage {
    this.#use = { bytes: this.#use.bytes + length * FLOAT, storages: this.#use.storages + 1 };
    return new WasmStorage(this, length, block);
  }

  #check(): void {
    if (this.#disposed) throw new TensorError('disposed', 'wasm: the backend was disposed');
  }
}
