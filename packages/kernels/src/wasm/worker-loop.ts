/**
 * What a worker does: it takes the commands of the ring one after the other, and does its share of each.
 */

import { COMPLETED, PUBLISHED, Ring } from './command-ring.ts';
import { instantiate, type Kernel } from './kernel-table.ts';

/** What a worker is sent first. */
export interface Setup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The number of this worker, from 0. */
  readonly thread: number;
}

/** What a worker says: that it is ready; that a command with `notify` is completed; or why it cannot go on. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly reason: string };

/** How often a thread reads a word before it sleeps: waking up takes longer than the pause between two commands. */
const SPINS = 3000;

/** Waits until the word is no longer `value`. */
function waitWhile(words: Int32Array, index: number, value: number): void {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, index) !== value) return;
  while (Atomics.load(words, index) === value) Atomics.wait(words, index, value);
}

/** Takes tickets of a command until none are left. True when that completed it and the calling thread is to be told. */
function share(ring: Ring, number: number, kernels: readonly Kernel[], thread: number): boolean {
  const first = ring.claim(number);
  if (first === undefined) return false;
  const { kernel, args, scratch, scratchBytes, notify } = ring.read(number);
  const run = kernels[kernel];
  if (run === undefined) throw new Error(`there is no kernel ${kernel}`);
  let done = 0;
  for (let ticket: typeof first | undefined = first; ticket; ticket = ring.claim(number)) {
    run(ticket.begin, ticket.end, scratch + thread * scratchBytes, ...args);
    done++;
  }
  return ring.finish(number, done) && notify;
}

/** Works until the thread is ended. Returns only when a kernel failed, and says so first. */
export function work({ module, memory, thread }: Setup, say: (message: WorkerMessage) => void): void {
  try {
    const kernels = instantiate(module, memory);
    const ring = new Ring(memory);
    let number = 0;
    say({ kind: 'ready' });
    for (;;) {
      waitWhile(ring.words, PUBLISHED, number);
      if (share(ring, number, kernels, thread)) say({ kind: 'completed' });
      waitWhile(ring.words, COMPLETED, number);
      number = Atomics.load(ring.words, COMPLETED);
    }
  } catch (error) {
    say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}
