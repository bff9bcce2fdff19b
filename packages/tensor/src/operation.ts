/**
 * How an operation is declared: a name, named inputs, a forward computation, and a gradient for each input. The type of `gradients` has
 * one function per input, so an operation without one does not compile.
 */
import type { Backend } from './backend.ts';
import { TensorError } from './errors.ts';
import type { Tensor } from './tensor.ts';

/**
 * A rule of differentiation. `true` is the chain rule. Under `frozen-gates` everything that a network only multiplies its signal by is held
 * constant: attention weights, the 1/σ of a layer norm, and the gate G of an activation x·G(x). What is left is linear in the signal, so
 * that the products of tokens and their gradients add up to the result, but for biases (Ali et al. 2022, arXiv 2202.07304).
 */
export type Rule = 'true' | 'frozen-gates';

/** Computes the gradient for one input of an operation from `dy`, the gradient for its output. */
export type Pullback = (dy: Tensor) => Tensor;

/** An operation as a tape records it. */
export interface RecordedOperation {
  /** Its name in error messages. */
  readonly op: string;
  readonly inputs: readonly (Tensor | undefined)[];
  /** By rule, one for each input; undefined where the rule holds the input constant. */
  readonly pullbacks: Readonly<Record<Rule, readonly (Pullback | undefined)[]>>;
  readonly output: Tensor;
  /** Further tensors that the pullbacks use. */
  readonly saved: readonly Tensor[];
}

type Inputs = Readonly<Record<string, Tensor | undefined>>;

/** What a forward computation returns. */
interface Result<I extends Inputs> {
  readonly output: Tensor;
  /** Tensors that the gradients need besides the inputs and the output. They are freed at once when nothing is recorded. */
  readonly saved?: readonly Tensor[];
  /**
   * For each input the function that computes its gradient. It is called only when that gradient is wanted. The gradient of an input
   * that was broadcast may have the broadcast shape: the tape sums it back.
   */
  readonly gradients: { readonly [K in keyof I]-?: Pullback };
  /** The inputs whose gradient is another one under the rule `frozen-gates`; undefined for one that it holds constant. */
  readonly frozenGates?: { readonly [K in keyof I]?: Pullback | undefined };
}

/**
 * Runs an operation, and records it when a tape watches one of its inputs.
 *
 * @param name the name in error messages
 * @throws TensorError `argument` when the inputs live on different backends, `disposed` when one was disposed
 */
export function operation<I extends Inputs>(name: string, inputs: I, forward: (backend: Backend) => Result<I>): Tensor {
  const backend = commonBackend(name, Object.values(inputs));
  const { output, saved = [], gradients, frozenGates = {} } = forward(backend);
  const names: (keyof I)[] = Object.keys(inputs);
  const frozen: { readonly [K in keyof I]?: Pullback | undefined } = { ...gradients, ...frozenGates };
  const pullbacks = { true: names.map((name) => gradients[name]), 'frozen-gates': names.map((name) => frozen[name]) };
  const recorded = record(backend, { op: name, inputs: Object.values(inputs), pullbacks, output, saved });
  if (!recorded) for (const tensor of saved) tensor.dispose();
  return output;
}

/** True while a tape records on this backend. An operation may then compute in separate steps what it would otherwise fuse. */
export function isRecording(backend: Backend): boolean {
  return backend.context.recorders.some(({ recording }) => recording) && !backend.context.pulling;
}

/** Records an operation on every tape that watches one of its inputs. False when none does. */
function record(backend: Backend, entry: RecordedOperation): boolean {
  return isRecording(backend) && backend.context.recorders.map((tape) => tape.record(entry)).includes(true);
}

/**
 * The backend of all inputs.
 *
 * @throws TensorError `argument` when there is more than one backend, or no input at all
 */
export function commonBackend(name: string, inputs: readonly (Tensor | undefined)[]): Backend {
  const backends = new Set<Backend>();
  for (const input of inputs) if (input !== undefined) backends.add(input.backend);
  const [backend, other] = backends;
  if (backend === undefined) throw new TensorError('argument', `${name}: at least one input must be a tensor`);
  if (other !== undefined) {
    throw new TensorError(
      'argument',
      `${name}: the inputs live on two backends, ${backend.name} and ${other.name}; move one with tensor(backend, await x.data(), x.shape)`,
    );
  }
  return backend;
}

/** Remembers what was computed for the last `dy`. For an operation that computes the gradients of several inputs in one go. */
export function shared<T>(compute: (dy: Tensor) => T): (dy: Tensor) => T {
  let last: { dy: Tensor; result: T } | undefined;
  return (dy) => {
    if (last?.dy !== dy) last = { dy, result: compute(dy) };
    return last.result;
  };
}
