/**
 * A host as the main program sees it, wherever it runs.
 */
import type { Workload } from '../workloads.ts';
import type { Opened, Ready, Request } from './session.ts';

/** How long to wait for an answer of a host, in milliseconds. */
const PATIENCE = 240_000;

/** Sends a request and gives the reply. */
export type Send = (request: Request) => Promise<unknown>;

/** An engine in another process or page. Its methods throw the error of the engine, or an error when it does not answer. */
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

  /** Prepares a workload and runs it once; undefined when the library cannot do it. */
  async prepare(workload: Workload): Promise<Ready | undefined> {
    // Python's None arrives as null.
    return ((await this.#ask({ op: 'prepare', workload })) ?? undefined) as Ready | undefined;
  }

  /** Runs a workload several times and gives the time of each run in milliseconds. */
  async sample(workload: string, minimumMs: number, mostRuns: number): Promise<number[]> {
    return (await this.#ask({ op: 'sample', workload, minimumMs, mostRuns })) as number[];
  }

  /** Ends the process or the page. */
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
