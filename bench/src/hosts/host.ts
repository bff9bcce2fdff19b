/**
 * The main program's handle of a host, wherever that is.
 */
import type { Workload } from '../workloads.ts';
import type { Opened, Ready, Request } from './session.ts';

/** Milliseconds after which a host is given up. */
const PATIENCE = 240_000;

/** Sends a request and gives what it resolves to. */
export type Send = (request: Request) => Promise<unknown>;

/** One engine in another process or page. Its methods reject with the engine's own error, and when it does not answer. */
export class Host {
  readonly #send: Send;
  readonly #stop: () => Promise<void>;

  constructor(send: Send, stop: () => Promise<void>) {
    this.#send = send;
    this.#stop = stop;
  }

  /** Loads the library and opens its device. */
  async open(): Promise<Opened> {
    return (await this.#ask({ op: 'open' })) as Opened;
  }

  /** Gets a workload ready and runs it once; undefined when the library has no such thing. */
  async prepare(workload: Workload): Promise<Ready | undefined> {
    // Python's None arrives as null.
    return ((await this.#ask({ op: 'prepare', workload })) ?? undefined) as Ready | undefined;
  }

  /** Milliseconds of each of a few runs. */
  async sample(workload: string, minimumMs: number, mostRuns: number): Promise<number[]> {
    return (await this.#ask({ op: 'sample', workload, minimumMs, mostRuns })) as number[];
  }

  async close(): Promise<void> {
    await this.#stop();
  }

  async #ask(request: Request): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not answer within ${PATIENCE / 1000} s`)), PATIENCE);
    });
    try {
      return await Promise.race([this.#send(request), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
