/**
 * What is open on a backend at the moment: scopes, which own the tensors made inside of them, and tapes, which record them.
 *
 * Everything that enqueues work is synchronous, so both are plain stacks and need no global state: a tensor finds them
 * through its backend.
 */
import type { Backend } from './backend.ts';
import type { Entry, Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';

/** The stacks of one backend; each backend makes one. */
export class Context {
  /** @internal */ readonly scopes: Scope[] = [];
  /** @internal */ readonly tapes: Tape[] = [];
  /** @internal True while gradients are computed: nothing is recorded then. */
  pulling = false;

  /** @internal True while operations are written down. */
  get recording(): boolean {
    return this.tapes.length > 0 && !this.pulling;
  }

  /** @internal Writes an operation down on every tape that watches one of its inputs. False when none does. */
  record(entry: Entry): boolean {
    return this.recording && this.tapes.map((tape) => tape.record(entry)).includes(true);
  }
}

/**
 * Owns every tensor that is made on a backend while it is open, and frees them when it is closed. For synchronous code:
 * close a scope before awaiting anything, or other code running meanwhile would put its tensors into it.
 *
 * @example
 * using scope = openScope(backend);
 * const loss = meanSquaredError(predict(x), y); // what predict() made on the way dies with the scope
 * return scope.keep(loss);
 */
export class Scope {
  readonly #context: Context;
  readonly #owned = new Set<Tensor>();

  constructor(context: Context) {
    this.#context = context;
    context.scopes.push(this);
  }

  /** @internal */
  own(tensor: Tensor): void {
    this.#owned.add(tensor);
  }

  /** Hands a tensor to the scope around this one, or to the caller when there is none. */
  keep<T extends Tensor>(tensor: T): T {
    const { scopes } = this.#context;
    if (this.#owned.delete(tensor)) scopes[scopes.indexOf(this) - 1]?.own(tensor);
    return tensor;
  }

  /** Frees what is still owned. Closing twice does nothing. */
  close(): void {
    const { scopes } = this.#context;
    const index = scopes.indexOf(this);
    if (index >= 0) scopes.splice(index, 1);
    for (const tensor of this.#owned) tensor.dispose();
    this.#owned.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Opens a scope on a backend. Close it with `using` or `close()`. */
export function openScope(backend: Backend): Scope {
  return new Scope(backend.context);
}
