/**
 * The contract between the tensor library and a backend, that is, a machine which computes: everything that a new backend has to
 * implement. The suite in `conformance/` checks an implementation against it.
 *
 * All numbers are 32-bit floats, stored densely in row-major order; `uploadHalf` stores them rounded to 16 bits. A backend knows
 * nothing of tensors, gradients or broadcasting: operations translate those into the primitives below. A primitive enqueues its work
 * and returns at once, with new storage for its result; only `read` waits. All sizes count elements. Operations check shapes before
 * they call a primitive, so a backend may trust its arguments.
 */

/** Memory of a backend that holds `length` floats. Only the backend that made it looks inside. */
export interface Storage {
  readonly length: number;
}

/**
 * The activations: functions of one number that a product can apply to its result. `gelu` is the exact form (by erf), `geluTanh` its
 * approximation, `quickGelu` is x·σ(1.702 x); `ops/activations.ts` has all formulas.
 *
 * To add one, write its name here. The compiler and the tests then name each place that is missing: value and derivative in
 * `reference/elementwise.ts` and in every other backend, a formula of the conformance suite in `conformance/activations.ts`, and an
 * exported function in `ops/activations.ts`. Conformance cases and gradient checks are derived from this list.
 */
export const ACTIVATIONS = ['gelu', 'geluTanh', 'quickGelu', 'silu', 'sigmoid', 'relu', 'softplus'] as const;
export type Activation = (typeof ACTIVATIONS)[number];
/** Functions of one number. `normalDistribution` is Φ, the gate of `gelu`. */
export type Unary = Activation | 'neg' | 'exp' | 'log' | 'sqrt' | 'normalDistribution';
/** Functions of two numbers; `equal` is 1 where both are the same number and 0 elsewhere. */
export type Binary = 'add' | 'sub' | 'mul' | 'div' | 'equal';
/** Functions that turn the elements along one axis into a single number. */
export type Reduction = 'sum' | 'max';

/**
 * A way through storage: element (i₀, i₁, …) of `shape` lies at position offset + Σ i_d·strides_d. A stride of 0 repeats the same
 * elements; a negative one goes backwards.
 */
export interface Walk {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/**
 * Sizes of a matrix product C[b] = A[b]·B[b] for each b below `batch`: A[b] is [m, k], B[b] is [k, n] and C[b] is [m, n].
 * `transposeA` says that A[b] is stored as [k, m], `transposeB` that B[b] is stored as [n, k].
 */
export interface MatmulSize {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** A is a single matrix, used for every b. */
  readonly sharedA: boolean;
  /** B is a single matrix, used for every b. */
  readonly sharedB: boolean;
}

/** What is done to a product before it is stored: residual + scale ⊙ activation(product + bias). Each part may be missing. */
export interface Epilogue {
  /** [n] */
  readonly bias?: Storage | undefined;
  readonly activation?: Activation | undefined;
  /** n numbers, which begin at `scaleOffset`. */
  readonly scale?: Storage | undefined;
  /** 0 where it is missing. */
  readonly scaleOffset?: number | undefined;
  /** [batch, m, n], or [m, n] when `sharedResidual` is true. */
  readonly residual?: Storage | undefined;
  /** The same residual is added for every index of the batch. */
  readonly sharedResidual?: boolean | undefined;
}

/**
 * Where the queries, keys or values of attention lie: those of token t of batch b are heads·headSize floats, which begin at
 * offset + (b·tokens + t)·stride. The three may lie in one storage, side by side in each token.
 */
export interface HeadRows {
  readonly storage: Storage;
  readonly offset: number;
  readonly stride: number;
}

/** Sizes of attention: q has `queries` tokens, k and v have `keys` tokens. */
export interface AttentionSize {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
  /** Multiplies the scores q·k. */
  readonly scale: number;
}

/** What one step of AdamW depends on besides its tensors. */
export interface AdamWStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** What one step of SGD depends on besides its tensors. */
export interface SgdStep {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Storage that was made and not yet released. Memory that a backend keeps for reuse does not count. */
export interface MemoryUse {
  readonly bytes: number;
  /** How many storages. */
  readonly storages: number;
}

/** What a backend computes. */
export interface Primitives {
  /** `length` times the same value. */
  full(length: number, value: number): Storage;
  /** f(x), element by element. */
  unary(op: Unary, x: Storage): Storage;
  /** dy ⊙ f′(x), element by element. */
  activationGradient(op: Activation, x: Storage, dy: Storage): Storage;
  /** f(a, b), element by element along two walks of the same shape. */
  binary(op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage;
  /** From x [outer, n, inner] to [outer, inner]: reduces the middle axis. */
  reduce(op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage;
  /** The elements along a walk, stored densely. Transposing, slicing and broadcasting are copies of this kind. */
  copy(x: Storage, walk: Walk): Storage;
  /** Joins parts along their middle axis: part p is [outer, lengths_p, inner], the result [outer, Σ lengths, inner]. */
  concat(parts: readonly Storage[], lengths: readonly number[], outer: number, inner: number): Storage;
  /** From x [rows, width] to [indices, width]: row i of the result is row indices_i of x. */
  gather(x: Storage, indices: Uint32Array, width: number): Storage;
  /** The gradient of `gather`: from dy [indices, width] to [rows, width], where row r is the sum of all dy_i with indices_i = r. */
  scatterAdd(dy: Storage, indices: Uint32Array, rows: number, width: number): Storage;

  /** The product of a and b, with what the epilogue does to it. */
  matmul(a: Storage, b: Storage, size: MatmulSize, epilogue?: Epilogue): Storage;
  /** Softmax over each row of x [rows, n], or its logarithm when `log` is true. */
  softmax(x: Storage, rows: number, n: number, log: boolean): Storage;
  /** The gradient of `softmax` for its result y: y ⊙ (dy − Σ y·dy) per row; for the logarithm dy − eʸ·Σ dy. */
  softmaxGradient(y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage;
  /**
   * y = (x − mean)·rstd·gain + bias for each row of x [rows, n], with rstd = 1/√(variance + epsilon). `gain` and `bias` are [n]; `mean`
   * and `rstd` are [rows]. The variance is the mean of (x − mean)², computed after the mean: in a single pass it would lose its digits.
   */
  layerNorm(
    x: Storage,
    gain: Storage,
    bias: Storage,
    rows: number,
    n: number,
    epsilon: number,
  ): { y: Storage; mean: Storage; rstd: Storage };
  /**
   * The gradient of `layerNorm` for x. With x̂ = (x − mean)·rstd and g = dy·gain: rstd·(g − mean(g) − x̂·mean(g·x̂)) per row; without the
   * last term, rstd·(g − mean(g)), where rstd is `held` constant.
   */
  layerNormGradient(x: Storage, gain: Storage, mean: Storage, rstd: Storage, dy: Storage, rows: number, n: number, held: boolean): Storage;
  /** The gradient of `layerNorm` for the gain: the sum of dy·(x − mean)·rstd over the rows. (For the bias it is the sum of dy.) */
  layerNormGainGradient(x: Storage, mean: Storage, rstd: Storage, dy: Storage, rows: number, n: number): Storage;
  /**
   * softmax(scale·q·kᵀ)·v per head: `out` is [batch, queries, heads·headSize]. `logSumExp` is [batch, heads, queries], the logarithm of
   * the sum of exp(score) over a query's keys.
   */
  attention(q: HeadRows, k: HeadRows, v: HeadRows, size: AttentionSize): { out: Storage; logSumExp: Storage };
  /**
   * What the first query of each picture reads from each key: `terms` is softmax(scale·q·kᵀ) ⊙ v per head, [batch, keys, heads·headSize],
   * whose sum over the keys is that query's `out` in `attention`. `own` is the weight of the first key, once for each feature of its head,
   * [batch, heads·headSize].
   */
  attentionTerms(q: HeadRows, k: HeadRows, v: HeadRows, size: AttentionSize): { terms: Storage; own: Storage };
  /**
   * Gradients for q, k and v, each stored densely as [batch, tokens, heads·headSize]. The attention weights are computed again, as
   * exp(score − logSumExp).
   */
  attentionGradient(
    q: HeadRows,
    k: HeadRows,
    v: HeadRows,
    out: Storage,
    logSumExp: Storage,
    dout: Storage,
    size: AttentionSize,
  ): { dq: Storage; dk: Storage; dv: Storage };

  /** One step of AdamW, which changes `parameter`, `mean` and `variance` in place (Loshchilov and Hutter 2019, as in PyTorch). */
  adamW(parameter: Storage, gradient: Storage, mean: Storage, variance: Storage, step: AdamWStep): void;
  /**
   * One step of SGD, which changes `parameter` p and `velocity` in place: velocity ← momentum·velocity + gradient + weightDecay·p, then
   * p ← p − learningRate·velocity.
   */
  sgd(parameter: Storage, gradient: Storage, velocity: Storage, step: SgdStep): void;
}

/** Owns the tensors that are made while it is the last one opened, and frees them when it is closed. A scope is one. */
export interface Owner {
  own(made: Disposable): void;
}

/** Records operations while it is open. A tape is one. */
export interface Recorder {
  /** False once it only keeps what it recorded. */
  readonly recording: boolean;
  /** False when the operation does not depend on anything that is watched. */
  record(operation: object): boolean;
  /** Called when a tensor is to be freed. True when a gradient may still need it: the recorder then frees it later. */
  defer(freed: Disposable): boolean;
}

/** The scopes and tapes that are open on a backend, in the order in which they were opened. */
export interface BackendContext {
  readonly owners: Owner[];
  readonly recorders: Recorder[];
  /** True while gradients are computed: nothing is recorded then. */
  pulling: boolean;
}

/** A machine that computes: its primitives, and the storage that they work on. */
export interface Backend extends Primitives {
  /** One word for messages: `reference`, `wasm`, `webgpu`. */
  readonly name: string;
  /** The hardware or the engine that computes, described for people. */
  readonly adapter: string;
  /** Kept by the tensor library. A backend makes an empty one with `createContext()` and does not touch it. */
  readonly context: BackendContext;

  /**
   * How many bytes the results of one step may have in total so that the next step still finds them in a cache. A computation that can
   * be split into smaller batches should stay below this. Undefined where larger steps are not slower.
   */
  readonly cacheBytes?: number | undefined;

  /** Makes storage with a copy of `data`. */
  upload(data: Float32Array): Storage;
  /**
   * Makes storage with a copy of `data` in half precision: rounded to nearest, ties to even, infinity where a number is too large.
   * Primitives read such storage like any other; those that change an argument in place refuse it. Undefined where the backend has no
   * half precision.
   */
  readonly uploadHalf?: ((data: Float32Array) => Storage) | undefined;
  /** Waits for all work enqueued so far. Rejects with the first error that occurred in it, or when the device was lost. */
  read(x: Storage): Promise<Float32Array>;
  /**
   * The elements at some positions, without waiting: for messages and debuggers. Undefined where they cannot be had at once, as on a
   * GPU or while other threads still compute; a backend on which this is always so does not implement it.
   */
  peek?(x: Storage, positions: readonly number[]): readonly number[] | undefined;
  /** Frees storage. Work enqueued before may still use it; no later call does. */
  release(x: Storage): void;
  /** What is in use at the moment. */
  memory(): MemoryUse;
  /** Frees everything except a device that the caller passed in. Later calls throw. */
  dispose(): void;
}
