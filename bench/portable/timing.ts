/**
 * Timing on a GPU, where work is enqueued and done later: a run of many calls ends with one small read, so that neither the way there and
 * back nor a large copy is in the time of a call.
 */
import { type Backend, full, slice, type Tensor, tidy } from '@cdam/tensor';
import { median } from '../src/statistics.ts';

export interface Timing {
  /** Calls are repeated until about so many milliseconds are filled. */
  readonly fillMs: number;
  readonly rounds: number;
}

/** Milliseconds of one call, when many are enqueued one behind the other. */
export async function throughput(backend: Backend, call: () => Tensor | readonly Tensor[], { fillMs, rounds }: Timing): Promise<number> {
  await enqueue(backend, call, 1);
  const once = await milliseconds(() => enqueue(backend, call, 1));
  const estimate = (await milliseconds(() => enqueue(backend, call, 4))) / 4;
  const calls = Math.min(200, Math.max(1, Math.ceil(fillMs / Math.min(once, estimate))));
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await milliseconds(() => enqueue(backend, call, calls))) / calls);
  return median(times);
}

/** Milliseconds from asking to having the answer, when nothing else is under way. */
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
