/**
 * The code beside an engine, in its process or page: it prepares workloads and times their runs. The main program lets only one host work
 * at a time, so that hosts do not slow each other.
 */
import type { Engine, Prepared } from '../engine.ts';
import { nameOf, productError, type Workload } from '../workloads.ts';

/** A request of the main program. */
export type Request =
  | { readonly op: 'open' }
  | { readonly op: 'prepare'; readonly workload: Workload }
  | { readonly op: 'sample'; readonly workload: string; readonly minimumMs: number; readonly mostRuns: number };

/** The reply to `open`. */
export interface Opened {
  readonly adapter: string;
  /** The time to load the library and open the device. */
  readonly openMs: number;
}

/** The reply to `prepare`. */
export interface Ready {
  /** The time to load the model. */
  readonly prepareMs: number;
  /** The time of the first run, with everything that it compiles. */
  readonly firstMs: number;
  /** The result; undefined for a product, which is checked here. */
  readonly result: readonly number[] | undefined;
}

/** The largest error of an element of a product, divided by √k. */
const PRODUCT_TOLERANCE = 1e-4;

/** An engine and the workloads that it has prepared. */
export class Session {
  readonly #open: () => Promise<Engine>;
  readonly #prepared = new Map<string, Prepared>();
  #engine: Engine | undefined;

  /** @param open loads the library and opens the device */
  constructor(open: () => Promise<Engine>) {
    this.#open = open;
  }

  /** Carries out a request. `prepare` gives undefined when the library has no such workload. */
  async handle(request: Request): Promise<Opened | Ready | readonly number[] | undefined> {
    switch (request.op) {
      case 'open':
        return await this.#start();
      case 'prepare':
        return await this.#prepare(request.workload);
      case 'sample':
        return await this.#sample(request.workload, request.minimumMs, request.mostRuns);
    }
  }

  async #start(): Promise<Opened> {
    const { value, ms } = await timed(this.#open);
    this.#engine = value;
    return { adapter: value.adapter, openMs: ms };
  }

  async #prepare(workload: Workload): Promise<Ready | undefined> {
    const engine = this.#engine;
    if (engine === undefined) throw new Error('bench: the host was not opened');
    const prepared = await timed(() => engine.prepare(workload));
    const { value } = prepared;
    if (value === undefined) return undefined;
    const first = await timed(() => value.run());
    if (workload.kind === 'product') {
      const error = productError(workload, first.value);
      if (!(error <= PRODUCT_TOLERANCE)) throw new Error(`its product ${nameOf(workload)} is wrong by ${error.toExponential(1)} of √k`);
    }
    this.#prepared.set(nameOf(workload), value);
    const result = workload.kind === 'product' ? undefined : Array.from(first.value);
    return { prepareMs: prepared.ms, firstMs: first.ms, result };
  }

  /** Runs until `minimumMs` have passed, and gives the time of each run in milliseconds. */
  async #sample(workload: string, minimumMs: number, mostRuns: number): Promise<number[]> {
    const prepared = this.#prepared.get(workload);
    if (prepared === undefined) throw new Error(`bench: ${workload} was not prepared`);
    const runs: number[] = [];
    for (let sum = 0; sum < minimumMs && runs.length < mostRuns; ) {
      const { ms } = await timed(() => prepared.run());
      runs.push(ms);
      sum += ms;
    }
    return runs;
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  const value = await work();
  return { value, ms: performance.now() - started };
}
