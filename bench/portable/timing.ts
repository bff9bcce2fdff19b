/**
 * Timing on a GPU, where calls only enqueue work. Many calls are enqueued, and one small read waits for all of them, so that the time of a
 * call has no part of the latency and of large copies.
 */
import { type Backend, full, slice, type Tensor, tidy } from '@cdam/tensor';
import { median } from '../src/statistics.ts';

/** How long to measure. */
export interface Timing {
  /** For how many milliseconds calls are repeated, about. */
  readonly fillMs: number;
  /** How often this is repeated; the median counts. */
  readonly rounds: number;
}

/** The time of one call in milliseconds, when many are enqueued one after the other. */
export async function throughput(backend: Backend, call: () => Tensor | readonly Tensor[], { fillMs, rounds }: Timing): Promise<number> {
  await enqueue(backend, call, 1);
  const once = await milliseconds(() => enqueue(backend, call, 1));
  const estimate = (await milliseconds(() => enqueue(backend, call, 4))) / 4;
  const calls = Math.min(200, Math.max(1, Math.ceil(fillMs / Math.min(once, estimate))));
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await milliseconds(() => enqueue(backend, call, calls))) / calls);
  return median(times);
}

/** The time of one run from its start to its result in milliseconds, when nothing else runs. */
export async function latency(run: () => Promise<unknown>, { fillMs, rounds }: Timing): Promise<number> {
  await run();
  const once = await milliseconds(run);
  const count = Math.max(rounds, Math.min(50, Math.ceil(fillMs / once)));
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await milliseconds(run));
  return median(times);
}

async function enqueue(backend: Backend, call: () => Tensor | readonly Tensor[], calls: number): Promise<void> {
  for (let i = 1; i < calls; i++) for (const result of [call()].flat()) result.dispose();
  const results = [call()].flat();
  const [last = full(backend, [1], 0)] = results;
  using element = tidy(backend, () => firstElement(last));
  await element.data();
  for (const result of results) result.dispose();
}

function firstElement(x: Tensor): Tensor {
  return x.shape.reduce((rest, _extent, axis) => slice(rest, axis, 0, 1), x);
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
