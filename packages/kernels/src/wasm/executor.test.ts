import { describe, expect, it } from 'vitest';
import { CAPACITY, type Command, RING_END, Ring } from './command-ring.ts';
import { type StartWorker, WorkerExecutor, type WorkerHandle } from './executor.ts';
import type { WorkerMessage } from './worker-loop.ts';

/** The smallest module there is: these workers have no kernels. */
const module = new WebAssembly.Module(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]));

const nothing: Command = { kernel: 0, units: 1, grain: 1, args: [], scratch: 0, scratchBytes: 0, notify: false };

/** A worker that works when it is told to, on this thread. */
function puppet(): {
  start: StartWorker;
  memory: WebAssembly.Memory;
  say: (message: WorkerMessage) => void;
  held: boolean[];
  ended: () => boolean;
} {
  const pages = Math.ceil(RING_END / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const held: boolean[] = [];
  let ended = false;
  let speak: ((message: WorkerMessage) => void) | undefined;
  const start: StartWorker = (_, onMessage): WorkerHandle => {
    speak = onMessage;
    queueMicrotask(() => onMessage({ kind: 'ready' }));
    return {
      terminate: (): void => {
        ended = true;
      },
      hold: (alive): void => void held.push(alive),
    };
  };
  return { start, memory, held, ended: () => ended, say: (message) => speak?.(message) };
}

describe('WorkerExecutor', () => {
  it('keeps what the ring has no room for, and hands it over as commands are completed', async () => {
    const { start, memory, say } = puppet();
    const executor = await WorkerExecutor.start(start, module, memory, 1);
    for (let i = 0; i < 3 * CAPACITY; i++) executor.enqueue({ ...nothing, notify: i === 3 * CAPACITY - 1 });
    expect(executor.enqueued).toBe(3 * CAPACITY);
    const ring = new Ring(memory);
    let reported = false;
    const completion = executor.completion(executor.enqueued);
    for (let i = 0; i < 3 * CAPACITY; i++) {
      expect(ring.claim(i)).toEqual({ begin: 0, end: 1 });
      reported = ring.read(i).notify;
      ring.finish(i, 1);
      if (reported) say({ kind: 'completed' });
    }
    await completion;
    expect(executor.completed()).toBe(3 * CAPACITY);
  });

  it('keeps the process alive while somebody waits, and only then', async () => {
    const { start, memory, say, held } = puppet();
    const executor = await WorkerExecutor.start(start, module, memory, 1);
    expect(held.at(-1)).toBe(false);
    executor.enqueue({ ...nothing, notify: true });
    const completion = executor.completion(1);
    expect(held.at(-1)).toBe(true);
    new Ring(memory).finish(0, 1);
    say({ kind: 'completed' });
    await completion;
    expect(held.at(-1)).toBe(false);
  });

  it('rejects whoever waits, and every later command, when a worker fails', async () => {
    const { start, memory, say, ended } = puppet();
    const executor = await WorkerExecutor.start(start, module, memory, 1);
    executor.enqueue({ ...nothing, notify: true });
    const completion = executor.completion(1);
    say({ kind: 'failed', reason: 'unreachable' });
    await expect(completion).rejects.toMatchObject({ code: 'backend', message: expect.stringContaining('unreachable') });
    expect(() => executor.enqueue(nothing)).toThrow(/worker 0 failed/);
    expect(ended()).toBe(true);
  });

  it('rejects when a worker does not start', async () => {
    const { memory } = puppet();
    const start: StartWorker = (_, __, onError) => {
      queueMicrotask(() => onError(new Error('no such file')));
      return { terminate: (): void => {}, hold: (): void => {} };
    };
    await expect(WorkerExecutor.start(start, module, memory, 2)).rejects.toMatchObject({ code: 'backend' });
  });

  it('rejects whoever waits when it is disposed', async () => {
    const { start, memory } = puppet();
    const executor = await WorkerExecutor.start(start, module, memory, 1);
    executor.enqueue({ ...nothing, notify: true });
    const completion = executor.completion(1);
    executor.dispose();
    await expect(completion).rejects.toMatchObject({ code: 'disposed' });
  });
});
