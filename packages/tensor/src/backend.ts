/**
 * What the tensor library asks of a machine: the whole contract between the operations and a backend.
 *
 * All data are dense, row-major 32-bit floats, which `uploadHalf` keeps rounded to 16 bits. A backend knows nothing of tensors,
 * gradients or broadcasting rules: operations turn those into the primitives below. A primitive enqueues its work and returns at
 * once, with fresh storage for its result; only `read` waits. Sizes are element counts. Operations check shapes before they call,
 * so a backend may trust its arguments.
 */
/** A backend's handle of `length` floats. Opaque to everyone else. */
export interface Storage {
  readonly length: number;
}

/** Functions of one number. `gelu` is the exact one (by erf), `geluTanh` its approximation, `quickGelu` is x·σ(1.702 x). */
export type Activation = 'gelu' | 'geluTanh' | 'quickGelu' | 'silu' | 'sigmoid' | 'relu' | 'softplus';
export type Unary = Activation | 'neg' | 'exp' | 'log' | 'sqrt';
/** `equal` gives 1 where both are equal and 0 elsewhere. */
export type Binary = 'add' | 'sub' | 'mul' | 'div' | 'equal';
export type Reduction = 'sum' | 'max';

/** A strided walk through storage: element (i₀, i₁, …) of `shape` lies at offset + Σ i_d·strides_d. A stride may be 0. */
export interface Walk {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** C[b] = op(A[b])·op(B[b]): op(A) is [m, k], op(B) is [k, n]; `transposeA` says that A is stored as [k, m], `transposeB` that B is [n, k]. */
export interface MatmulSize {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** The same A (or B) serves every batch: it is stored once. */
  readonly sharedA: boolean;
  readonly sharedB: boolean;
}

/** What is done to a product on its way to memory: residual + scale ⊙ activation(product + bias). `bias` and `scale` are [n], `residual` is [batch, m, n], or [m, n] for all batches when `sharedResidual`. */
export interface Epilogue {
  readonly bias?: Storage | undefined;
  readonly activation?: Activation | undefined;
  readonly scale?: Storage | undefined;
  readonly residual?: Storage | undefined;
  readonly sharedResidual?: boolean | undefined;
}

/** Rows of heads: token t of batch b holds heads·headSize floats, beginning at offset + (b·tokens + t)·stride. Packed q, k, v share one storage. */
export interface HeadRows {
  readonly storage: Storage;
  readonly offset: number;
  readonly stride: number;
}

/** q has `queries` tokens, k and v have `keys`; scores are multiplied by `scale`. */
export interface AttentionSize {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
  readonly scale: number;
}

export interface AdamWStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 for the first step. */
  readonly step: number;
}

export interface SgdStep {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Live storage: what is held now, not what is pooled for reuse. */
export interface MemoryUse {
  readonly bytes: number;
  readonly storages: number;
}

/** What a backend computes. */
export interface Primitives {
  full(length: number, value: number): Storage;
  unary(op: Unary, x: Storage): Storage;
  /** dy ⊙ f′(x). */
  activationGradient(op: Activation, x: Storage, dy: Storage): Storage;
  /** Element-wise over the common shape of both walks. */
  binary(op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage;
  /** x is [outer, n, inner]; reduces the middle axis to [outer, inner]. */
  reduce(op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage;
  /** A dense copy of a walk: transpose, slice and broadcast are this. */
  copy(x: Storage, walk: Walk): Storage;
  /** Part p is [outer, lengths_p, inner]; the result is [outer, Σ lengths, inner]. */
  concat(parts: readonly Storage[], lengths: readonly number[], outer: number, inner: number): Storage;
  /** x is [rows, width]; row i of the result is x[indices_i]. */
  gather(x: Storage, indices: Uint32Array, width: number): Storage;
  /** The adjoint of gather: [rows, width], where row r is the sum of dy_i over all i with indices_i = r. */
  scatterAdd(dy: Storage, indices: Uint32Array, rows: number, width: number): Storage;

  matmul(a: Storage, b: Storage, size: MatmulSize, epilogue?: Epilogue): Storage;
  /** Rows of n. `log` gives the logarithm of the softmax. */
  softmax(x: Storage, rows: number, n: number, log: boolean): Storage;
  /** From the result y of softmax(…, log). */
  softmaxGradient(y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage;
  /** y = (x − mean)·rstd·gain + bias over rows of n, statistics in two passes; `mean` and `rstd` are [rows]. */
  layerNorm(
    x: Storage,
    gain: Storage,
    bias: Storage,
    rows: number,
    n: number,
    epsilon: number,
  ): { y: Storage; mean: Storage; rstd: Storage };
  layerNormGradient(x: Storage, gain: Storage, mean: Storage, rstd: Storage, dy: Storage, rows: number, n: number): Storage;
  /** gain′ = Σ_rows dy·(x − mean)·rstd. (The bias' gradient is a plain sum.) */
  layerNormGainGradient(x: Storage, mean: Storage, rstd: Storage, dy: Storage, rows: number, n: number): Storage;
  /** out = softmax(scale·q·kᵀ)·v, [batch, queries, heads·headSize], and the log-sum-exp of each row of scores, [batch, heads, queries]. */
  attention(q: HeadRows, k: HeadRows, v: HeadRows, size: AttentionSize): { out: Storage; logSumExp: Storage };
  /** Gradients of q, k and v, each dense [batch, tokens, heads·headSize]; the scores are computed anew from logSumExp. */
  attentionGradient(
    q: HeadRows,
    k: HeadRows,
    v: HeadRows,
    out: Storage,
    logSumExp: Storage,
    dout: Storage,
    size: AttentionSize,
  ): { dq: Storage; dk: Storage; dv: Storage };

  /** One AdamW step in place on `parameter`, `mean` and `variance` (Loshchilov and Hutter 2019, as in PyTorch). */
  adamW(parameter: Storage, gradient: Storage, mean: Storage, variance: Storage, step: AdamWStep): void;
  /** One step in place: g ← gradient + weightDecay·p; velocity ← momentum·velocity + g; p ← p − learningRate·velocity. */
  sgd(parameter: Storage, gradient: Storage, velocity: Storage, step: SgdStep): void;
}

/** Owns what is made while it is the innermost one open, and frees it when it closes. */
export interface Owner {
  own(made: Disposable): void;
}

/** Writes operations down while it is open. */
export interface Recorder {
  /** False where it has no use for the operation. */
  record(operation: object): boolean;
  /** Takes over what was to be freed where a gradient may still need it. */
  defer(freed: Disposable): boolean;
}

/** What is open on a backend at the moment, the innermost last. */
export interface BackendContext {
  readonly owners: Owner[];
  readonly recorders: Recorder[];
  /** True while gradients are computed: nothing is recorded then. */
  pulling: boolean;
}

/** A machine that computes: its primitives, and the storage that they work on. */
export interface Backend extends Primitives {
  /** `reference`, `webgpu`. */
  readonly name: string;
  /** The hardware or engine behind it, for people. */
  readonly adapter: string;
  /** The tensor library keeps it; a backend only makes an empty one, with `createContext()`. */
  readonly context: BackendContext;

  /**
   * Bytes that the results of a step may take together and still be in a cache when the next step reads them; undefined where size costs
   * nothing. Those who can cut a batch into smaller ones keep below it.
   */
  readonly cacheBytes?: number | undefined;

  /** Copies `data` in. */
  upload(data: Float32Array): Storage;
  /**
   * Copies `data` in, rounded to half precision (to nearest, ties to even; overflow gives infinity). Undefined where the backend cannot
   * keep it so. Primitives take such storage as if it were 32-bit; only those that change an argument in place refuse it.
   */
  readonly uploadHalf?: ((data: Float32Array) => Storage) | undefined;
  /** Waits for all that was enqueued before. Rejects with the first error of any of it, and when the device was lost. */
  read(x: Storage): Promise<Float32Array>;
  /** The storage is not used by later calls; earlier ones still see it. */
  release(x: Storage): void;
  memory(): MemoryUse;
  /** Frees everything but a device that the caller passed in. Later calls throw. */
  dispose(): void;
}
