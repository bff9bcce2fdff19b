/**
 * Reverse-mode automatic differentiation. A tape records every operation that depends on a watched tensor. The chain rule then goes
 * through the tape backwards and multiplies by the derivative of each operation.
 *
 * A watched tensor may be an intermediate result, such as the input of a network's last block: what came before it is not recorded.
 */
import type { Backend, Recorder } from './backend.ts';
import { openScope } from './context.ts';
import { describe, TensorError } from './errors.ts';
import { commonBackend, type RecordedOperation, type Rule } from './operation.ts';
import { add } from './ops/arithmetic.ts';
import { sumTo } from './ops/reduce.ts';
import { sameShape } from './shape.ts';
import { full, type Tensor, tidy } from './tensor.ts';

/** Records operations from `openTape` until `close`, and computes gradients of what it recorded. */
export class Tape implements Recorder {
  readonly #backend: Backend;
  readonly #entries: RecordedOperation[] = [];
  readonly #watched = new Set<Tensor>();
  /** All tensors that a gradient may need. */
  readonly #needed = new Set<Tensor>();
  #recording = true;
  /** Those of them that were disposed since: they are freed when the tape is closed. */
  readonly #deferred = new Set<Tensor>();

  constructor(backend: Backend) {
    this.#backend = backend;
    backend.context.recorders.push(this);
  }

  /**
   * Records everything that is computed from this tensor from now on. Returns the tensor.
   *
   * @throws TensorError `argument` when the tensor lives on another backend, `gradient` when the tape is closed
   */
  watch(tensor: Tensor): Tensor {
    if (tensor.backend !== this.#backend) {
      throw new TensorError(
        'argument',
        `watch: the tensor lives on another backend, ${tensor.backend.name}; open a tape on the tensor's backend`,
      );
    }
    if (!this.#recording || !this.#backend.context.recorders.includes(this)) {
      throw new TensorError('gradient', 'watch: the tape is sealed or closed and records nothing more; open another');
    }
    this.#watched.add(tensor);
    return tensor;
  }

  /** @internal False once it is sealed. */
  get recording(): boolean {
    return this.#recording;
  }

  /** Stops recording. Gradients of what was recorded can be asked for until the tape is closed. */
  seal(): void {
    this.#recording = false;
  }

  /** @internal Records an operation if one of its inputs is watched, and then watches its output. */
  record(entry: RecordedOperation): boolean {
    if (!this.#recording || !entry.inputs.some((input) => input !== undefined && this.#watched.has(input))) return false;
    this.#entries.push(entry);
    this.#watched.add(entry.output);
    for (const tensor of [...entry.inputs, entry.output, ...entry.saved]) if (tensor !== undefined) this.#needed.add(tensor);
    return true;
  }

  /** @internal Takes over a tensor that is to be disposed, if a gradient may need it, until this tape is closed. */
  defer(tensor: Tensor): boolean {
    const needed = this.#needed.has(tensor);
    if (needed) this.#deferred.add(tensor);
    return needed;
  }

  /**
   * The gradient of y with respect to each of `inputs`, in their shapes. It is 0 where y does not depend on an input.
   *
   * @param y a tensor that was computed from a watched one, usually a single number
   * @param inputs watched tensors, or intermediate results computed from them
   * @param dy the gradient for y itself, in y's shape; ones by default
   * @param rule how to differentiate; by the chain rule by default. One tape may be asked by both rules
   * @throws TensorError `gradient` when y does not depend on anything watched, or another open tape watches it; `shape` when dy has
   * another shape than y; `argument` when the tensors live on several backends
   */
  gradient(y: Tensor, inputs: readonly Tensor[], dy?: Tensor, rule: Rule = 'true'): Tensor[] {
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
    commonBackend('gradient', [y, ...inputs, dy]);
    if (dy !== undefined && !sameShape(dy.shape, y.shape)) {
      throw new TensorError('shape', `gradient: dy of shape ${describe(dy.shape)} does not fit the result of shape ${describe(y.shape)}`);
    }
    const outer = context.pulling;
    context.pulling = true;
    try {
      return tidy(this.#backend, () => this.#pull(y, inputs, dy ?? full(this.#backend, y.shape, 1), rule));
    } finally {
      context.pulling = outer;
    }
  }

  #pull(y: Tensor, inputs: readonly Tensor[], seed: Tensor, rule: Rule): Tensor[] {
    const wanted = this.#dependents(inputs, rule);
    const gradients = new Map<Tensor, Tensor>([[y, seed.view(seed.shape)]]);
    for (const entry of this.#entries.toReversed()) {
      const dy = gradients.get(entry.output);
      if (dy === undefined || !wanted.has(entry.output)) continue;
      pullBack(entry, dy, rule, wanted, gradients);
      if (!inputs.includes(entry.output)) {
        gradients.delete(entry.output);
        dy.dispose();
      }
    }
    return inputs.map((input) => gradients.get(input) ?? full(this.#backend, input.shape, 0));
  }

  /** The recorded tensors that depend on one of `inputs`, and these themselves. No other gradient has to be computed. */
  #dependents(inputs: readonly Tensor[], rule: Rule): Set<Tensor> {
    const dependents = new Set(inputs);
    for (const entry of this.#entries) {
      const passesOn = (input: Tensor | undefined, i: number): boolean =>
        input !== undefined && dependents.has(input) && entry.pullbacks[rule][i] !== undefined;
      if (entry.inputs.some(passesOn)) dependents.add(entry.output);
    }
    return dependents;
  }

  /** Stops recording and frees what was kept for gradients. Closing again does nothing. */
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

/**
 * Adds the part of one operation to the gradients of its inputs. Here, in one place for all operations, gradients of inputs that were
 * broadcast are summed back to the shape of the input.
 */
function pullBack(entry: RecordedOperation, dy: Tensor, rule: Rule, wanted: ReadonlySet<Tensor>, gradients: Map<Tensor, Tensor>): void {
  using scope = openScope(dy.backend);
  entry.inputs.forEach((input, i) => {
    const pullback = entry.pullbacks[rule][i];
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

/**
 * Opens a tape on a backend. Close it with `using` or `close()`. Cannot fail.
 *
 * @example
 * using tape = openTape(backend);
 * const x = tape.watch(tensor(backend, [1, 2])), square = mul(x, x);
 * tape.gradient(sum(mul(square, 3)), [square])[0]; // Tensor [2] on reference: 3, 3
 */
export function openTape(backend: Backend): Tape {
  return new Tape(backend);
}
