/**
 * Scopes own the tensors that are made inside of them. What is open on a backend at the moment stands on the backend itself:
 * everything that enqueues work is synchronous, so plain stacks do, and there is no global state.
 */
import type { Backend, BackendContext, Owner } from './backend.ts';

/** An empty context, for a new backend. */
export function createContext(): BackendContext {
  return { owners: [], recorders: [], pulling: false };
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
export class Scope implements Owner {
  readonly #context: BackendContext;
  readonly #owned = new Set<Disposable>();

  constructor(context: BackendContext) {
    this.#context = context;
    context.owners.push(this);
  }

  /** @internal */
  own(made: Disposable): void {
    this.#owned.add(made);
  }

  /** Hands a tensor to the scope around this one, or to the caller when there is none. */
  keep<T extends Disposable>(tensor: T): T {
    const { owners } = this.#context;
    if (this.#owned.delete(tensor)) owners[owners.indexOf(this) - 1]?.own(tensor);
    return tensor;
  }

  /** Frees what is still owned. Closing twice does nothing. */
  close(): void {
    const { owners } = this.#context;
    const index = owners.indexOf(this);
    if (index >= 0) owners.splice(index, 1);
    for (const tensor of this.#owned) tensor[Symbol.dispose]();
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
