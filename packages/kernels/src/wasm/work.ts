/**
 * What a worker does all its life: take commands from the queue, one after the other, and do its share of each.
 */

import { COMPLETED, PUBLISHED, Ring } from './command-ring.ts';
import { instantiate, type Kernel } from './kernel-table.ts';

/** What a worker is sent first. */
export interface Setup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** From 0. */
  readonly thread: number;
}

/** What a worker says: that it is ready, that a command is completed whose `notify` was set, or why it cannot go on. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Looks at the word before a thread sleeps: commands follow each other faster than a thread wakes up. */
const SPINS = 3000;

/** Returns as soon as the word is not `value` any more. */
function waitWhile(words: Int32Array, index: number, value: number): void {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, index) !== value) return;
  while (Atomics.load(words, index) === value) Atomics.wait(words, index, value);
}

/** Does what can be had of a command's work. True when that completed it and the calling thread wants to know. */
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

/** Works for as long as the thread lives; returns only when a kernel failed, which it says first. */
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
