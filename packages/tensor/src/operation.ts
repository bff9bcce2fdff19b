/**
 * How an operation is declared: a name, named inputs, a forward computation, and for every input its gradient. The type of
 * `gradients` has a function for each input, so an operation that lacks one does not compile.
 */
import type { Backend } from './backend.ts';
import { TensorError } from './errors.ts';
import type { Tensor } from './tensor.ts';

/** Takes the gradient of an operation's output and gives that of one of its inputs. */
export type Pullback = (dy: Tensor) => Tensor;

/** An operation as a tape writes it down. */
export interface RecordedOperation {
  readonly op: string;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly pullbacks: readonly Pullback[];
  readonly output: Tensor;
  /** Further tensors that the pullbacks use. */
  readonly saved: readonly Tensor[];
}

type Inputs = Readonly<Record<string, Tensor | undefined>>;

/** What a forward computation gives. */
interface Result<I extends Inputs> {
  readonly output: Tensor;
  /** Every tensor that a gradient needs besides the inputs and the output; freed at once when nothing is recorded. */
  readonly saved?: readonly Tensor[];
  /** Per input, the gradient from that of the output. Called only when that input's gradient is wanted. A broadcast input may get its gradient in the broadcast shape. */
  readonly gradients: { readonly [K in keyof I]-?: Pullback };
}

/**
 * Runs an operation and, when a tape watches one of its inputs, records it.
 *
 * @param name as it appears in error messages
 * @throws TensorError `argument` when the inputs live on different backends, `disposed` when one was disposed
 */
export function operation<I extends Inputs>(name: string, inputs: I, forward: (backend: Backend) => Result<I>): Tensor {
  const backend = commonBackend(name, Object.values(inputs));
  const { output, saved = [], gradients } = forward(backend);
  const pullbacks = Object.keys(inputs).map((key) => gradients[key as keyof I]);
  const recorded = record(backend, { op: name, inputs: Object.values(inputs), pullbacks, output, saved });
  if (!recorded) for (const tensor of saved) tensor.dispose();
  return output;
}

/** True while a tape records on this backend: an operation may then keep intermediates apart that it would fuse otherwise. */
export function isRecording(backend: Backend): boolean {
  return backend.context.recorders.length > 0 && !backend.context.pulling;
}

/** Writes an operation down on every tape that watches one of its inputs. False when none does. */
function record(backend: Backend, entry: RecordedOperation): boolean {
  return isRecording(backend) && backend.context.recorders.map((tape) => tape.record(entry)).includes(true);
}

function commonBackend(name: string, inputs: readonly (Tensor | undefined)[]): Backend {
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

/** Remembers what a pullback computed for the last `dy`: for gradients of several inputs that come from one computation. */
export function shared<T>(compute: (dy: Tensor) => T): (dy: Tensor) => T {
  let last: { dy: Tensor; result: T } | undefined;
  return (dy) => {
    if (last?.dy !== dy) last = { dy, result: compute(dy) };
    return last.result;
  };
}
