import { expect, it } from 'vitest';
import { Heap } from './heap.ts';

const PAGE = 65_536;

/** A heap on two pages, and a queue of which `state.completed` commands are done. */
function setUp(maximum = 64): { heap: Heap; memory: WebAssembly.Memory; state: { completed: number } } {
  const memory = new WebAssembly.Memory({ initial: 2, maximum });
  const state = { completed: 0 };
  return { heap: new Heap(memory, PAGE, () => state.completed), memory, state };
}

it('gives out whole cache lines behind the start, and never one twice', () => {
  const { heap } = setUp();
  const blocks = [1, 64, 65, 1000].map((bytes) => heap.allocate(bytes));
  expect(blocks.map(({ bytes }) => bytes)).toEqual([64, 64, 128, 1024]);
  let end = PAGE;
  for (const { address, bytes } of blocks) {
    expect(address).toBe(end);
    end = address + bytes;
  }
});

it('joins what is given back, in any order, so that it serves a large request without growing', () => {
  const { heap, memory } = setUp();
  const blocks = Array.from({ length: 16 }, () => heap.allocate(PAGE / 16));
  for (const i of [3, 1, 2, 0, 15, 7, 5, 6, 4, 14, 8, 9, 11, 10, 13, 12]) {
    const block = blocks[i];
    if (block) heap.free(block, i);
  }
  expect(heap.allocate(PAGE).address).toBe(PAGE);
  expect(memory.buffer.byteLength).toBe(2 * PAGE);
});

it('gives commands memory of commands before them, but the calling thread only what no unfinished command uses', () => {
  const { heap, state } = setUp();
  const all = heap.allocate(PAGE);
  heap.free(all, 5);
  expect(heap.allocateIdle(64).address).toBeGreaterThanOrEqual(2 * PAGE);
  expect(heap.allocate(64).address).toBe(PAGE);
  state.completed = 5;
  expect(heap.allocateIdle(1024).address).toBe(PAGE + 64);
});

it('finds idle memory beside memory in use when much is freed before it is done with', () => {
  const { heap, memory, state } = setUp(1024);
  for (let command = 1; command <= 10_000; command++) {
    heap.free(heap.allocateIdle(100), command);
    heap.free(heap.allocate(5000), command);
    // Five commands are always under way.
    state.completed = Math.max(0, command - 5);
  }
  expect(memory.buffer.byteLength).toBeLessThanOrEqual(2 * PAGE + 2 ** 20);
});

it('grows by what is needed where more is not to be had, and says so when nothing is', () => {
  const { heap, memory } = setUp(4);
  heap.allocate(2 * PAGE);
  expect(memory.buffer.byteLength).toBe(4 * PAGE);
  expect(() => heap.allocate(2 * PAGE)).toThrow(/out of memory: 0\.1 MiB/);
});
