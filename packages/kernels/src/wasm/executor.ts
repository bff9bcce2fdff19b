/**
 * What runs the commands: the calling thread, at once, or workers, later.
 */
import { TensorError } from '@cdam/tensor';
import { CAPACITY, COMPLETED, type Command, Ring } from './command-ring.ts';
import type { Kernel } from './kernel-table.ts';
import type { Setup, WorkerMessage } from './worker-loop.ts';

/** Runs commands in the order in which they come. They are numbered from 1. */
export interface Executor {
  readonly threads: number;
  /** The number of the last command that was enqueued. */
  readonly enqueued: number;
  /** The number of the last completed command. */
  completed(): number;
  enqueue(command: Command): void;
  /** Waits until a command, which was enqueued with `notify`, is completed. Rejects when a worker failed or the executor is disposed. */
  completion(number: number): Promise<void>;
  dispose(): void;
}

/** Runs every command where it is enqueued. */
export class DirectExecutor implements Executor {
  readonly threads = 1;
  readonly #kernels: readonly Kernel[];
  #enqueued = 0;

  constructor(kernels: readonly Kernel[]) {
    this.#kernels = kernels;
  }

  get enqueued(): number {
    return this.#enqueued;
  }

  completed(): number {
    return this.#enqueued;
  }

  enqueue({ kernel, units, scratch, args }: Command): void {
    this.#enqueued++;
    this.#kernels[kernel]?.(0, units, scratch, ...args);
  }

  completion(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): void {
    // Nothing is left running.
  }
}

/** What can be done with a worker that was started, in Node as on a page. */
export interface WorkerHandle {
  terminate(): void;
  /** Whether the process stays alive for this worker. It means nothing on a page. */
  hold(alive: boolean): void;
}

/** Starts a worker. `onMessage` hears what it says, `onError` what it could not say itself: that its file is missing, for instance. */
export type StartWorker = (setup: Setup, onMessage: (message: WorkerMessage) => void, onError: (error: unknown) => void) => WorkerHandle;

interface Waiting {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How long a worker may take to answer. It needs a tenth of a second, unless its script does nothing. */
const START_MILLISECONDS = 30_000;

/** Hands commands to workers. The calling thread never waits: commands for which the ring has no room are kept until it has. */
export class WorkerExecutor implements Executor {
  readonly threads: number;
  readonly #ring: Ring;
  readonly #workers: WorkerHandle[] = [];
  readonly #backlog: Command[] = [];
  #waiting: Waiting[] = [];
  #published = 0;
  #completed = 0;
  #failure: Error | undefined;

  private constructor(memory: WebAssembly.Memory, threads: number) {
    this.threads = threads;
    this.#ring = new Ring(memory);
  }

  /** Starts the workers and waits until all are ready. Rejects with a `TensorError` with code `backend` when one does not start. */
  static async start(start: StartWorker, module: WebAssembly.Module, memory: WebAssembly.Memory, threads: number): Promise<WorkerExecutor> {
    const executor = new WorkerExecutor(memory, threads);
    try {
      const ready = Array.from({ length: threads }, (_, thread) => executor.#startOne(start, { module, memory, thread }));
      await Promise.all(ready);
    } catch (error) {
      executor.dispose();
      throw error;
    }
    executor.#hold();
    return executor;
  }

  get enqueued(): number {
    return this.#published + this.#backlog.length;
  }

  completed(): number {
    // The shared word has 32 bits and wraps around. The difference is right, because it is always small.
    this.#completed += (Atomics.load(this.#ring.words, COMPLETED) - this.#completed) | 0;
    return this.#completed;
  }

  enqueue(command: Command): void {
    if (this.#failure) throw this.#failure;
    this.#backlog.push(command);
    this.#publish();
  }

  completion(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else if (this.completed() >= number) resolve();
      else this.#waiting.push({ number, resolve, reject });
      this.#hold();
    });
  }

  dispose(): void {
    this.#fail(new TensorError('disposed', 'wasm: the backend was disposed'));
  }

  #startOne(start: StartWorker, setup: Setup): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => {
        clearTimeout(timer);
        const why = reason instanceof Error ? reason.message : String(reason);
        const error = new TensorError('backend', `wasm: worker ${setup.thread} failed: ${why}; try with { threads: 1 }`, { cause: reason });
        this.#fail(error);
        reject(error);
      };
      const listen = (message: WorkerMessage): void => {
        if (message.kind === 'ready') {
          clearTimeout(timer);
          resolve();
        } else if (message.kind === 'completed') this.#settle();
        else fail(message.reason);
      };
      const timer = setTimeout(() => fail(`no answer within ${START_MILLISECONDS / 1000} s`), START_MILLISECONDS);
      this.#workers.push(start(setup, listen, fail));
    });
  }

  /** Moves commands from the backlog to the ring. Every 64th is made to report back, so that the rest is moved then. */
  #publish(): void {
    const room = CAPACITY - (this.#published - this.completed());
    for (const command of this.#backlog.splice(0, room)) {
      const reports = this.#published % (CAPACITY / 4) === 0;
      this.#ring.publish(this.#published | 0, reports ? { ...command, notify: true } : command);
      this.#published++;
    }
  }

  #settle(): void {
    if (this.#failure) return;
    this.#publish();
    const completed = this.completed();
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ number }) => number > completed);
    for (const { number, resolve } of waiting) if (number <= completed) resolve();
    this.#hold();
  }

  #hold(): void {
    for (const worker of this.#workers) worker.hold(this.#waiting.length > 0);
  }

  /** Ends all work, and rejects what is waited for. */
  #fail(error: Error): void {
    this.#failure ??= error;
    for (const worker of this.#workers.splice(0)) worker.terminate();
    this.#backlog.length = 0;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
