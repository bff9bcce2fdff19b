/**
 * Measures contenders side by side: all are prepared, and then they take turns, round after round, so that other work of the machine slows
 * all of them alike. Ratios are taken within a round.
 */
import { type Contender, labelOf } from './contenders.ts';
import type { Host } from './hosts/host.ts';
import type { Opened, Ready } from './hosts/session.ts';
import { deviation, median, type Spread, spreadOf } from './statistics.ts';
import { nameOf, type Workload } from './workloads.ts';

/** A contender in one part of the run. */
export interface Entrant {
  readonly contender: Contender;
  /** Undefined when it could not be started. */
  readonly host: Host | undefined;
  readonly opened: Opened | undefined;
  /** Why it could not be started. */
  readonly failure: string | undefined;
}

/** The times of one contender with one workload, in milliseconds. */
export interface Measurement {
  readonly contender: string;
  readonly workload: string;
  /** The times of all runs; undefined when it could not run. */
  readonly ms?: Spread | undefined;
  /** The median time of each round. */
  readonly rounds: readonly number[];
  /** The time to load the library and open the device. */
  readonly openMs?: number | undefined;
  /** The time to load the model. */
  readonly prepareMs?: number | undefined;
  /** The time of the first run. */
  readonly firstMs?: number | undefined;
  /** The largest difference of its result from ours, as a share of the largest value. */
  readonly deviation?: number | undefined;
  /** Why it could not run. */
  readonly failure?: string | undefined;
}

/** How long to measure. */
export interface Pace {
  readonly rounds: number;
  /** The least duration of a turn; a contender runs as often as needed. */
  readonly turnMs: number;
  /** A contender that has run for this long takes no further turn, but at least two. */
  readonly budgetMs: number;
}

/** Starts and opens the hosts of contenders, one after the other. */
export async function openAll(contenders: readonly Contender[], start: (contender: Contender) => Promise<Host>): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const contender of contenders) entrants.push(await open(contender, start));
  return entrants;
}

async function open(contender: Contender, start: (contender: Contender) => Promise<Host>): Promise<Entrant> {
  let host: Host | undefined;
  try {
    host = await start(contender);
    return { contender, host, opened: await host.open(), failure: undefined };
  } catch (error) {
    await host?.close();
    return { contender, host: undefined, opened: undefined, failure: sentence(error) };
  }
}

/** A contender with a workload, and the times that it has had so far. */
interface Turn {
  readonly entrant: Entrant;
  readonly host: Host;
  readonly workload: string;
  readonly ready: Ready;
  readonly rounds: number[];
  readonly runs: number[];
  failure?: string;
}

/**
 * Measures workloads with all entrants in turn. A library that has no such workload is left out; one that fails is listed with the reason.
 */
export async function measure(
  entrants: readonly Entrant[],
  workloads: readonly Workload[],
  pace: Pace,
  log: (line: string) => void,
): Promise<Measurement[]> {
  const turns: Turn[] = [];
  const failed: Measurement[] = [];
  for (const workload of workloads) {
    for (const entrant of entrants) {
      const outcome = await getReady(entrant, workload);
      if (outcome === undefined) continue;
      if (typeof outcome === 'string') {
        failed.push({ contender: entrant.contender.id, workload: nameOf(workload), rounds: [], failure: outcome });
        log(`${nameOf(workload)}: ${labelOf(entrant.contender)} cannot: ${outcome}`);
      } else turns.push(outcome);
    }
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const turn of turns) await take(turn, pace);
  }
  return [...summaries(turns), ...failed];
}

async function getReady(entrant: Entrant, workload: Workload): Promise<Turn | string | undefined> {
  const { host } = entrant;
  if (host === undefined) return entrant.failure;
  try {
    const ready = await host.prepare(workload);
    return ready && { entrant, host, workload: nameOf(workload), ready, rounds: [], runs: [] };
  } catch (error) {
    return sentence(error);
  }
}

async function take(turn: Turn, { turnMs, budgetMs }: Pace): Promise<void> {
  const used = turn.runs.reduce((sum, ms) => sum + ms, 0);
  if (turn.failure !== undefined || (turn.rounds.length >= 2 && used >= budgetMs)) return;
  try {
    const runs = await turn.host.sample(turn.workload, turnMs, 50);
    turn.runs.push(...runs);
    turn.rounds.push(median(runs));
  } catch (error) {
    turn.failure = sentence(error);
  }
}

function summaries(turns: readonly Turn[]): Measurement[] {
  return turns.map(({ entrant, workload, ready, rounds, runs, failure }) => {
    const ours = turns.find((turn) => turn.workload === workload && turn.entrant.contender.library === 'cdam')?.ready.result;
    return {
      contender: entrant.contender.id,
      workload,
      ms: failure === undefined ? spreadOf(runs) : undefined,
      rounds,
      openMs: entrant.opened?.openMs,
      prepareMs: ready.prepareMs,
      firstMs: ready.firstMs,
      deviation: ours && ready.result && deviation(ready.result, ours),
      failure,
    };
  });
}

/** The first line of the message of an error, without the call stack. */
function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim()
      .slice(0, 300) ?? 'no reason given'
  );
}

/** Ends all hosts. */
export async function closeAll(entrants: readonly Entrant[]): Promise<void> {
  for (const { host } of entrants) await host?.close();
}
