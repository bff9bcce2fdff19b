/**
 * The queue of commands in shared memory: a ring that the calling thread fills and the workers empty, in order.
 *
 * A command is a kernel, its arguments, and `units` of work, which are dealt out as tickets of `grain` units. Whoever finishes the last
 * ticket marks the command completed; only then does anyone begin with the next one, which may read what this one wrote.
 *
 * A ticket is claimed by compare-and-exchange on a word that holds the command's number beside the next ticket. So a worker that was
 * held up between looking at a slot and claiming from it cannot take a ticket of the command that has the slot by then.
 */

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65_536;
/** Commands that the ring holds. */
export const CAPACITY = 256;
/** Numbers that a kernel may be given. */
export const MOST_NUMBERS = 28;
/** A slot: eight words, the scratch address and its bytes a thread, and the arguments. */
const SLOT_BYTES = 8 * 4 + (2 + MOST_NUMBERS) * 8;
/** The first page is the module's own. Behind it come three words, each in a cache line of its own, and the ring. */
const CONTROL = PAGE;
const RING = CONTROL + 3 * 64;

/** Where memory for data begins. */
export const RING_END: number = RING + CAPACITY * SLOT_BYTES;

/** Indices of 32-bit words: how many commands were published, and how many are completed. Both wrap around. */
export const PUBLISHED: number = CONTROL / 4;
export const COMPLETED: number = PUBLISHED + 16;

/** Most tickets of a command: they are counted in 16 bits. */
const MOST_TICKETS = 0xffff;

export interface Command {
  /** Place in `KERNELS`. */
  readonly kernel: number;
  readonly units: number;
  /** Units of a ticket. */
  readonly grain: number;
  readonly args: readonly number[];
  /** Address of the scratch memory, of which each thread has `scratchBytes`. */
  readonly scratch: number;
  readonly scratchBytes: number;
  /** The calling thread wants to hear when it is completed. */
  readonly notify: boolean;
}

/** Words of a slot. */
const [CLAIM, DONE, TICKETS, UNITS, GRAIN, KERNEL, COUNT, NOTIFY] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** A claimed piece of work. */
export interface Ticket {
  readonly begin: number;
  readonly end: number;
}

/** One thread's view of the ring. Commands are known by their 32-bit number. */
export class Ring {
  readonly words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(memory: WebAssembly.Memory) {
    // The ring lies in memory that is there from the start, so the views outlive the memory's growth.
    this.words = new Int32Array(memory.buffer);
    this.#numbers = new Float64Array(memory.buffer);
  }

  /** Writes a command down and lets the workers see it. The slot must be free. */
  publish(number: number, command: Command): void {
    const { words } = this;
    const slot = slotOf(number);
    const grain = Math.max(command.grain, Math.ceil(command.units / MOST_TICKETS));
    // Closed while it is written: a late claim of the command that had the slot before must fail.
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

  /** A piece of a command's work that nobody else has, or nothing when all is dealt out. */
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

  /** What a command is, for whoever holds a ticket of it. */
  read(number: number): { kernel: number; args: number[]; scratch: number; scratchBytes: number; notify: boolean } {
    const slot = slotOf(number);
    const at = numbersOf(slot);
    const [scratch = 0, scratchBytes = 0, ...args] = this.#numbers.subarray(at, at + 2 + this.#word(slot + COUNT));
    return { kernel: this.#word(slot + KERNEL), args, scratch, scratchBytes, notify: this.#word(slot + NOTIFY) === 1 };
  }

  /** Hands `tickets` in as done. True when they were the last: the command is completed then. */
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

/** What the number has beyond its place in the ring, and the next ticket. */
function claimWord(number: number, ticket: number): number {
  return (Math.floor(number / CAPACITY) << 16) | ticket;
}
