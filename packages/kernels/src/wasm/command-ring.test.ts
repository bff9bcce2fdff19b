import { expect, it } from 'vitest';
import { CAPACITY, COMPLETED, type Command, PUBLISHED, RING_END, Ring } from './command-ring.ts';

const command: Command = { kernel: 3, units: 10, grain: 4, args: [7, 0.5, -1], scratch: 640, scratchBytes: 64, notify: true };

function ring(): Ring {
  const pages = Math.ceil(RING_END / 65_536);
  return new Ring(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
}

it('deals a command out in tickets, the last one smaller, and each only once', () => {
  const queue = ring();
  queue.publish(0, command);
  expect(queue.read(0)).toEqual({ kernel: 3, args: [7, 0.5, -1], scratch: 640, scratchBytes: 64, notify: true });
  expect([queue.claim(0), queue.claim(0), queue.claim(0), queue.claim(0)]).toEqual([
    { begin: 0, end: 4 },
    { begin: 4, end: 8 },
    { begin: 8, end: 10 },
    undefined,
  ]);
});

it('completes a command with its last ticket', () => {
  const queue = ring();
  queue.publish(0, command);
  expect(queue.finish(0, 2)).toBe(false);
  expect(Atomics.load(queue.words, COMPLETED)).toBe(0);
  expect(queue.finish(0, 1)).toBe(true);
  expect(Atomics.load(queue.words, COMPLETED)).toBe(1);
});

it('gives a late worker no ticket of the command that has the slot by now', () => {
  const queue = ring();
  queue.publish(0, command);
  queue.publish(CAPACITY, command);
  expect(queue.claim(0)).toBeUndefined();
  expect(queue.claim(CAPACITY)).toEqual({ begin: 0, end: 4 });
});

it('counts on when the numbers of commands wrap around', () => {
  const queue = ring();
  const last = 2 ** 31 - 1;
  queue.publish(last, command);
  expect(queue.claim(last)).toEqual({ begin: 0, end: 4 });
  expect(Atomics.load(queue.words, PUBLISHED)).toBe(-(2 ** 31));
  queue.publish(-(2 ** 31), command);
  expect(queue.claim(-(2 ** 31))).toEqual({ begin: 0, end: 4 });
  expect(queue.claim(last)).toEqual({ begin: 4, end: 8 });
});

it('never deals out more tickets than it can count', () => {
  const queue = ring();
  queue.publish(0, { ...command, units: 2 ** 20, grain: 1 });
  let units = 0;
  for (let ticket = queue.claim(0); ticket; ticket = queue.claim(0)) units += ticket.end - ticket.begin;
  expect(units).toBe(2 ** 20);
});
