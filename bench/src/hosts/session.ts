/**
 * What runs beside the engine, in a process or page of its own: it gets workloads ready and times their runs when it is told to. The
 * main program only ever has one host at work, so the hosts do not take each other's time.
 */
import type { Engine, Prepared } from '../engine.ts';
import { nameOf, productError, type Workload } from '../workloads.ts';

/** What the main program asks of a host. */
export type Request =
  | { readonly op: 'open' }
  | { readonly op: 'prepare'; readonly workload: Workload }
  | { readonly op: 'sample'; readonly workload: string; readonly minimumMs: number; readonly mostRuns: number };

/** The reply to `open`. */
export interface Opened {
  readonly adapter: string;
  /** Loading the library and opening the device. */
  readonly openMs: number;
}

/** The reply to `prepare`. */
export interface Ready {
  /** Loading the model, up to the first run. */
  readonly prepareMs: number;
  /** The first run, with all that is compiled in it. */
  readonly firstMs: number;
  /** The result of a workload of the model; of a product nothing, since it was checked here. */
  readonly result: readonly number[] | undefined;
}

/** Of a product: an element is off by at most this share of √k. */
const PRODUCT_TOLERANCE = 1e-4;

/** One engine and what it has prepared. */
export class Session {
  readonly #open: () => Promise<Engine>;
  readonly #prepared = new Map<string, Prepared>();
  #engine: Engine | undefined;

  /** @param open loads the library and opens its device */
  constructor(open: () => Promise<Engine>) {
    this.#open = open;
  }

  /** Carries a request out. `prepare` gives undefined when the library has no such thing. */
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

  /** Runs again and again until `minimumMs` have passed, and gives the milliseconds of each run. */
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
