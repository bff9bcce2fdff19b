/**
 * Scopes: a scope owns the tensors that are made while it is open. Each backend keeps a list of its own open scopes, so there is no
 * global state. A plain list is enough because all code that enqueues work is synchronous.
 */
import type { Backend, BackendContext, Owner } from './backend.ts';

/**
 * An empty context, for a new backend. Cannot fail.
 *
 * @example createContext().owners.length; // 0
 */
export function createContext(): BackendContext {
  return { owners: [], recorders: [], pulling: false };
}

/**
 * Owns every tensor that is made on a backend while the scope is open, and frees them when it is closed. Close a scope before you await
 * anything: other code that runs in the meantime would put its tensors into it.
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

  /** Gives a tensor to the scope around this one, or to the caller when there is none, and returns it. */
  keep<T extends Disposable>(tensor: T): T {
    const { owners } = this.#context;
    if (this.#owned.delete(tensor)) owners[owners.indexOf(this) - 1]?.own(tensor);
    return tensor;
  }

  /** Frees all tensors that were not kept. Closing a scope again does nothing. */
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

/**
 * Opens a scope on a backend. Close it with `using` or `close()`. Cannot fail.
 *
 * @example
 * using scope = openScope(backend);
 * scope.keep(sum(exp(tensor(backend, [0, 0])))); // Tensor [] on reference: 2
 */
export function openScope(backend: Backend): Scope {
  return new Scope(backend.context);
}
