/**
 * Measuring side by side: every contender is got ready, then all take turns, round after round, so that whatever else the machine does
 * meanwhile falls on all of them. Ratios are taken within a round.
 */
import { type Contender, labelOf } from './contenders.ts';
import type { Host } from './hosts/host.ts';
import type { Opened, Ready } from './hosts/session.ts';
import { deviation, median, type Spread, spreadOf } from './statistics.ts';
import { nameOf, type Workload } from './workloads.ts';

/** A contender whose host was started for this part of the benchmark. */
export interface Entrant {
  readonly contender: Contender;
  readonly host: Host | undefined;
  readonly opened: Opened | undefined;
  /** Why it does not take part. */
  readonly failure: string | undefined;
}

/** One contender on one workload. */
export interface Measurement {
  readonly contender: string;
  readonly workload: string;
  /** Undefined when it could not run; then `failure` says why. */
  readonly ms?: Spread | undefined;
  /** Median of each round, for ratios. */
  readonly rounds: readonly number[];
  readonly openMs?: number | undefined;
  readonly prepareMs?: number | undefined;
  readonly firstMs?: number | undefined;
  /** Largest difference of its result from ours, as a share of the largest value. */
  readonly deviation?: number | undefined;
  readonly failure?: string | undefined;
}

/** How long things are measured. */
export interface Pace {
  readonly rounds: number;
  /** A turn lasts at least so long, however short the runs. */
  readonly turnMs: number;
  /** A contender that has used so much takes no further turn, once it has had two. */
  readonly budgetMs: number;
}

/** Starts and opens the hosts of some contenders, one after the other. */
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
 * Measures some workloads with all entrants in turn. Who cannot do a workload is left out of it; who fails at it is listed with the
 * reason.
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

/** What went wrong, on one line: the first one, without the call stack. */
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
