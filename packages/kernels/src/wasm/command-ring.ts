/**
 * The queue of commands in shared memory: a ring that the calling thread fills and the workers empty, in order.
 *
 * A command is a kernel, its numbers, and `units` of work, which are dealt out as tickets of `grain` units. The thread that finishes the
 * last ticket marks the command completed. Only then do threads begin with the next command, which may read what this one wrote.
 *
 * A thread claims a ticket by compare-and-exchange on a word that holds the command's number beside the number of the next ticket. A
 * thread may be held up between reading that word and claiming, until another command has the slot: its claim then fails, because the
 * command's number has changed.
 */

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65_536;
/** Commands that the ring holds. */
export const CAPACITY = 256;
/** Numbers that a command has room for. */
export const MOST_NUMBERS = 28;
/** A slot: eight words of 32 bits; then in 64 bits the scratch address, the scratch bytes of a thread, and the kernel's numbers. */
const SLOT_BYTES = 8 * 4 + (2 + MOST_NUMBERS) * 8;
/** The first page is the module's own. Behind it come the words below, each in a cache line of its own, and the ring. */
const CONTROL = PAGE;
const RING = CONTROL + 3 * 64;

/** Where memory for data begins. */
export const RING_END: number = RING + CAPACITY * SLOT_BYTES;

/** Indices of two 32-bit words: how many commands were published, and how many are completed. Both counts wrap around. */
export const PUBLISHED: number = CONTROL / 4;
export const COMPLETED: number = PUBLISHED + 16;

/** Most tickets of a command: they are counted in 16 bits. */
const MOST_TICKETS = 0xffff;

export interface Command {
  /** The place of the kernel in `KERNELS`. */
  readonly kernel: number;
  readonly units: number;
  /** Units of a ticket. */
  readonly grain: number;
  /** The kernel's numbers, in the order of its parameters. */
  readonly args: readonly number[];
  /** Address of the scratch memory, of which each thread has `scratchBytes`. */
  readonly scratch: number;
  readonly scratchBytes: number;
  /** Whether the calling thread is told when it is completed. */
  readonly notify: boolean;
}

/** What the eight words of a slot are. */
const [CLAIM, DONE, TICKETS, UNITS, GRAIN, KERNEL, COUNT, NOTIFY] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** A claimed piece of work. */
export interface Ticket {
  readonly begin: number;
  readonly end: number;
}

/** One thread's view of the ring. A command is known by its 32-bit number. */
export class Ring {
  readonly words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(memory: WebAssembly.Memory) {
    // The memory has had the ring's bytes from the start, so these views stay valid when it grows.
    this.words = new Int32Array(memory.buffer);
    this.#numbers = new Float64Array(memory.buffer);
  }

  /** Writes a command down and lets the workers see it. The slot must be free. */
  publish(number: number, command: Command): void {
    const { words } = this;
    const slot = slotOf(number);
    const grain = Math.max(command.grain, Math.ceil(command.units / MOST_TICKETS));
    // No tickets are left while the slot is written: a late claim for the command that had it before must fail.
    Atomics.store(words, slot + CLAIM, claimWord(number, MOST_TICKETS));
    words[slot + TICKETS] = Math.ceil(command.units / grain);
    words[slot + UNITS] = command.units;
    words[slot + GRAIN] = grain;
    words[slot + KERNEL] = command.kernel;
    words[slot + COUNT] = command.args.length;
    words[slot + NOTIFY] = command.notify ? 1 : 0;
    this.#numbers.set([command.scratch, command.scratchBytes, ...command.args], numbersOf(slot));
    Atomics.store(words, slot + DONE, 0);
    Atomics.store(words, slot + CLAIM, claimWord(number, 0));
    Atomics.store(words, PUBLISHED, (number + 1) | 0);
    Atomics.notify(words, PUBLISHED);
  }

  /** A ticket of a command that no other thread has; undefined when all are dealt out. */
  claim(number: number): Ticket | undefined {
    const { words } = this;
    const slot = slotOf(number);
    for (;;) {
      const claim = Atomics.load(words, slot + CLAIM);
      const ticket = claim & 0xffff;
      if ((claim ^ claimWord(number, ticket)) !== 0 || ticket >= this.#word(slot + TICKETS)) return undefined;
      const [grain, units] = [this.#word(slot + GRAIN), this.#word(slot + UNITS)];
      if (Atomics.compareExchange(words, slot + CLAIM, claim, claim + 1) === claim) {
        return { begin: ticket * grain, end: Math.min((ticket + 1) * grain, units) };
      }
    }
  }

  /** Reads a command. Only a thread that holds a ticket of it may: until the ticket is finished, the slot is not written. */
  read(number: number): { kernel: number; args: number[]; scratch: number; scratchBytes: number; notify: boolean } {
    const slot = slotOf(number);
    const at = numbersOf(slot);
    const [scratch = 0, scratchBytes = 0, ...args] = this.#numbers.subarray(at, at + 2 + this.#word(slot + COUNT));
    return { kernel: this.#word(slot + KERNEL), args, scratch, scratchBytes, notify: this.#word(slot + NOTIFY) === 1 };
  }

  /** Counts `tickets` as done. True when they were the last ones, so that the command is completed. */
  finish(number: number, tickets: number): boolean {
    const { words } = this;
    const slot = slotOf(number);
    const total = this.#word(slot + TICKETS);
    if (Atomics.add(words, slot + DONE, tickets) + tickets < total) return false;
    Atomics.store(words, COMPLETED, (number + 1) | 0);
    Atomics.notify(words, COMPLETED);
    return true;
  }

  #word(index: number): number {
    return this.words[index] ?? 0;
  }
}

function slotOf(number: number): number {
  return (RING + (number & (CAPACITY - 1)) * SLOT_BYTES) / 4;
}

function numbersOf(slot: number): number {
  return (slot + 8) / 2;
}

/** The upper half counts rounds of the ring, which tells the commands of one slot apart; the lower half is the next ticket. */
function claimWord(number: number, ticket: number): number {
  return (Math.floor(number / CAPACITY) << 16) | ticket;
}
