/**
 * Reverse-mode automatic differentiation. A tape writes down every operation whose input it watches; walking it backwards
 * and multiplying by each operation's local derivative is the chain rule.
 *
 * Only what depends on a watched tensor is recorded, so watching an intermediate tensor (the tokens that enter the last
 * block, say) leaves everything before it off the tape.
 */

import type { Backend, Recorder } from './backend.ts';
import { openScope } from './context.ts';
import { describe, TensorError } from './errors.ts';
import type { RecordedOperation } from './operation.ts';
import { add } from './ops/arithmetic.ts';
import { sumTo } from './ops/reduce.ts';
import { sameShape } from './shape.ts';
import { full, type Tensor, tidy } from './tensor.ts';

export class Tape implements Recorder {
  readonly #backend: Backend;
  readonly #entries: RecordedOperation[] = [];
  readonly #watched = new Set<Tensor>();
  /** All tensors that a pullback may use. */
  readonly #needed = new Set<Tensor>();
  /** Those of them that were disposed meanwhile. */
  readonly #deferred = new Set<Tensor>();

  constructor(backend: Backend) {
    this.#backend = backend;
    backend.context.recorders.push(this);
  }

  /** Everything computed from this tensor from now on is recorded. Gives the tensor back. */
  watch(tensor: Tensor): Tensor {
    this.#watched.add(tensor);
    return tensor;
  }

  /** @internal Writes an operation down, if it has a watched input. */
  record(entry: RecordedOperation): boolean {
    if (!entry.inputs.some((input) => input !== undefined && this.#watched.has(input))) return false;
    this.#entries.push(entry);
    this.#watched.add(entry.output);
    for (const tensor of [...entry.inputs, entry.output, ...entry.saved]) if (tensor !== undefined) this.#needed.add(tensor);
    return true;
  }

  /** @internal Takes over a tensor that was to be disposed, if a gradient may want it, until this tape is closed. */
  defer(tensor: Tensor): boolean {
    const needed = this.#needed.has(tensor);
    if (needed) this.#deferred.add(tensor);
    return needed;
  }

  /**
   * The gradient of y with respect to each of `inputs`, in their shapes; zeros where y does not depend on one.
   *
   * @param y any tensor that was computed from a watched one; usually a scalar
   * @param inputs watched tensors, or intermediate ones computed from them
   * @param dy the gradient of y itself, in y's shape; ones by default
   * @throws TensorError `gradient` when y does not depend on anything watched, and when another tape would have to record this gradient
   */
  gradient(y: Tensor, inputs: readonly Tensor[], dy?: Tensor): Tensor[] {
    const { context } = this.#backend;
    if (!this.#watched.has(y)) {
      throw new TensorError(
        'gradient',
        'gradient: the result was not computed from anything that this tape watches; watch its input first',
      );
    }
    if (context.recorders.some((tape) => tape !== this && tape instanceof Tape && tape.#watched.has(y))) {
      throw new TensorError('gradient', 'gradient: another open tape watches this result; gradients of gradients are not supported');
    }
    if (dy !== undefined && !sameShape(dy.shape, y.shape)) {
      throw new TensorError('shape', `gradient: dy of shape ${describe(dy.shape)} does not fit the result of shape ${describe(y.shape)}`);
    }
    const outer = context.pulling;
    context.pulling = true;
    try {
      return tidy(this.#backend, () => this.#pull(y, inputs, dy ?? full(this.#backend, y.shape, 1)));
    } finally {
      context.pulling = outer;
    }
  }

  #pull(y: Tensor, inputs: readonly Tensor[], seed: Tensor): Tensor[] {
    const wanted = this.#dependents(inputs);
    const gradients = new Map<Tensor, Tensor>([[y, seed.view(seed.shape)]]);
    for (const entry of this.#entries.toReversed()) {
      const dy = gradients.get(entry.output);
      if (dy === undefined || !wanted.has(entry.output)) continue;
      pullBack(entry, dy, wanted, gradients);
      if (!inputs.includes(entry.output)) {
        gradients.delete(entry.output);
        dy.dispose();
      }
    }
    return inputs.map((input) => gradients.get(input) ?? full(this.#backend, input.shape, 0));
  }

  /** All recorded tensors that depend on one of `inputs`, themselves included: the only ones whose gradient is worth computing. */
  #dependents(inputs: readonly Tensor[]): Set<Tensor> {
    const dependents = new Set(inputs);
    for (const entry of this.#entries) {
      if (entry.inputs.some((input) => input !== undefined && dependents.has(input))) dependents.add(entry.output);
    }
    return dependents;
  }

  /** Stops recording and frees what was kept for the gradient. */
  close(): void {
    const { recorders } = this.#backend.context;
    const index = recorders.indexOf(this);
    if (index >= 0) recorders.splice(index, 1);
    this.#entries.length = 0;
    this.#watched.clear();
    this.#needed.clear();
    for (const tensor of this.#deferred) tensor.dispose();
    this.#deferred.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Adds what one operation passes on to the gradients of its inputs. This is where broadcasting is undone, for all operations. */
function pullBack(entry: RecordedOperation, dy: Tensor, wanted: ReadonlySet<Tensor>, gradients: Map<Tensor, Tensor>): void {
  using scope = openScope(dy.backend);
  entry.inputs.forEach((input, i) => {
    const pullback = entry.pullbacks[i];
    if (input === undefined || pullback === undefined || !wanted.has(input)) return;
    const raw = pullback(dy);
    const term = sumTo(raw, input.shape);
    if (!sameShape(term.shape, input.shape)) {
      throw new TensorError(
        'gradient',
        `${entry.op}: a gradient of shape ${describe(raw.shape)} does not fit its input of shape ${describe(input.shape)}`,
      );
    }
    const known = gradients.get(input);
    gradients.set(input, scope.keep(known === undefined ? term.view(term.shape) : add(known, term)));
    known?.dispose();
  });
}

/** Opens a tape on a backend. Close it with `using` or `close()`. */
export function openTape(backend: Backend): Tape {
  return new Tape(backend);
}
