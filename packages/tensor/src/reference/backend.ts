/**
 * The reference backend: every primitive in plain TypeScript, written to be read. With 64-bit numbers it also serves to check gradients
 * against finite differences.
 */
import type {
  Activation,
  AdamWStep,
  AttentionSize,
  Backend,
  BackendContext,
  Binary,
  Epilogue,
  HeadRows,
  MatmulSize,
  MemoryUse,
  Reduction,
  SgdStep,
  Storage,
  Unary,
  Walk,
} from '../backend.ts';
import { createContext } from '../context.ts';
import { checkNumber, TensorError } from '../errors.ts';
import { sizeOf } from '../shape.ts';
import * as heads from './attention.ts';
import { activations, combine, unary } from './elementwise.ts';
import * as product from './matmul.ts';
import * as movement from './movement.ts';
import * as optimiser from './optimiser.ts';
import * as rows from './rows.ts';
import { type Floats, ReferenceStorage, valuesOf } from './storage.ts';

/** How the reference backend computes. */
export interface ReferenceOptions {
  /** Bits of each number: 32, as on the other backends, by default; or 64, to check gradients. */
  readonly precision?: 32 | 64;
}

/**
 * Opens the reference backend. It computes each primitive at once, on the calling thread.
 *
 * @throws TensorError `argument` when the precision is neither 32 nor 64
 * @example createReferenceBackend().adapter; // plain TypeScript, 32-bit numbers
 */
export function createReferenceBackend({ precision = 32 }: ReferenceOptions = {}): Backend {
  checkNumber('createReferenceBackend', 'precision', precision, precision === 32 || precision === 64, '32 or 64');
  return new ReferenceBackend(precision);
}

class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly adapter: string;
  readonly context: BackendContext = createContext();
  readonly #precision: 32 | 64;
  #use: MemoryUse = { bytes: 0, storages: 0 };
  #disposed = false;

  constructor(precision: 32 | 64) {
    this.#precision = precision;
    this.adapter = `plain TypeScript, ${precision}-bit numbers`;
  }

  upload(data: Float32Array): Storage {
    return this.#store(data.length, (out) => out.set(data));
  }

  async read(x: Storage): Promise<Float32Array> {
    this.#requireOpen();
    return Float32Array.from(valuesOf(x));
  }

  peek(x: Storage, positions: readonly number[]): readonly number[] {
    const values = valuesOf(x);
    return positions.map((i) => values[i] ?? Number.NaN);
  }

  release(x: Storage): void {
    if (!this.#disposed && x instanceof ReferenceStorage && x.free()) this.#count(-x.length, -1);
  }

  memory(): MemoryUse {
    return this.#use;
  }

  dispose(): void {
    this.#disposed = true;
    this.#use = { bytes: 0, storages: 0 };
  }

  full(length: number, value: number): Storage {
    return this.#store(length, (out) => out.fill(value));
  }

  unary(op: Unary, x: Storage): Storage {
    return this.#store(x.length, (out) => out.set(valuesOf(x).map(unary[op].value)));
  }

  activationGradient(op: Activation, x: Storage, dy: Storage): Storage {
    const [values, slope] = [valuesOf(x), activations[op].slope];
    return this.#store(x.length, (out) => out.set(valuesOf(dy).map((d, i) => d * slope(values[i] ?? 0))));
  }

  binary(op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage {
    return this.#store(sizeOf(walkA.shape), (out) => combine(op, valuesOf(a), walkA, valuesOf(b), walkB, out));
  }

  reduce(op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage {
    return this.#store(outer * inner, (out) => rows.reduce(op, valuesOf(x), n, inner, out));
  }

  copy(x: Storage, walk: Walk): Storage {
    return this.#store(sizeOf(walk.shape), (out) => movement.copy(valuesOf(x), walk, out));
  }

  concat(parts: readonly Storage[], lengths: readonly number[], outer: number, inner: number): Storage {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    return this.#store(total, (out) => movement.concat(parts.map(valuesOf), lengths, outer, inner, out));
  }

  gather(x: Storage, indices: Uint32Array, width: number): Storage {
    return this.#store(indices.length * width, (out) => movement.gather(valuesOf(x), indices, width, out));
  }

  scatterAdd(dy: Storage, indices: Uint32Array, rowCount: number, width: number): Storage {
    return this.#store(rowCount * width, (out) => movement.scatterAdd(valuesOf(dy), indices, width, out));
  }

  matmul(a: Storage, b: Storage, size: MatmulSize, epilogue: Epilogue = {}): Storage {
    return this.#store(size.batch * size.m * size.n, (out) => product.matmul(valuesOf(a), valuesOf(b), size, open(epilogue), out));
  }

  softmax(x: Storage, rowCount: number, n: number, log: boolean): Storage {
    return this.#store(x.length, (out) => rows.softmax(valuesOf(x), rowCount, n, log, out));
  }

  softmaxGradient(y: Storage, dy: Storage, rowCount: number, n: number, log: boolean): Storage {
    return this.#store(y.length, (out) => rows.softmaxGradient(valuesOf(y), valuesOf(dy), rowCount, n, log, out));
  }

  layerNorm(
    x: Storage,
    gain: Storage,
    bias: Storage,
    rowCount: number,
    n: number,
    epsilon: number,
  ): { y: Storage; mean: Storage; rstd: Storage } {
    const [y, mean, rstd] = [this.#store(x.length), this.#store(rowCount), this.#store(rowCount)];
    rows.layerNorm(valuesOf(x), valuesOf(gain), valuesOf(bias), n, epsilon, y.values, mean.values, rstd.values);
    return { y, mean, rstd };
  }

  layerNormGradient(
    x: Storage,
    gain: Storage,
    mean: Storage,
    rstd: Storage,
    dy: Storage,
    _rows: number,
    n: number,
    held: boolean,
  ): Storage {
    return this.#store(x.length, (out) =>
      rows.layerNormGradient(valuesOf(x), valuesOf(gain), valuesOf(mean), valuesOf(rstd), valuesOf(dy), n, held, out),
    );
  }

  layerNormGainGradient(x: Storage, mean: Storage, rstd: Storage, dy: Storage, _rows: number, n: number): Storage {
    return this.#store(n, (out) => rows.layerNormGainGradient(valuesOf(x), valuesOf(mean), valuesOf(rstd), valuesOf(dy), n, out));
  }

  attention(q: HeadRows, k: HeadRows, v: HeadRows, size: AttentionSize): { out: Storage; logSumExp: Storage } {
    const out = this.#store(size.batch * size.queries * size.heads * size.headSize);
    const logSumExp = this.#store(size.batch * size.heads * size.queries);
    heads.attention(openRows(q), openRows(k), openRows(v), size, out.values, logSumExp.values);
    return { out, logSumExp };
  }

  attentionTerms(q: HeadRows, k: HeadRows, v: HeadRows, size: AttentionSize): { terms: Storage; own: Storage } {
    const width = size.heads * size.headSize;
    const [terms, own] = [this.#store(size.batch * size.keys * width), this.#store(size.batch * width)];
    heads.attentionTerms(openRows(q), openRows(k), openRows(v), size, terms.values, own.values);
    return { terms, own };
  }

  attentionGradient(
    q: HeadRows,
    k: HeadRows,
    v: HeadRows,
    out: Storage,
    logSumExp: Storage,
    dout: Storage,
    size: AttentionSize,
  ): { dq: Storage; dk: Storage; dv: Storage } {
    const keyLength = size.batch * size.keys * size.heads * size.headSize;
    const [dq, dk, dv] = [this.#store(out.length), this.#store(keyLength), this.#store(keyLength)];
    const forward = [valuesOf(out), valuesOf(logSumExp), valuesOf(dout)] as const;
    heads.attentionGradient([openRows(q), openRows(k), openRows(v)], forward, size, [dq.values, dk.values, dv.values]);
    return { dq, dk, dv };
  }

  adamW(parameter: Storage, gradient: Storage, mean: Storage, variance: Storage, step: AdamWStep): void {
    this.#requireOpen();
    optimiser.adamW(valuesOf(parameter), valuesOf(gradient), valuesOf(mean), valuesOf(variance), step);
  }

  sgd(parameter: Storage, gradient: Storage, velocity: Storage, step: SgdStep): void {
    this.#requireOpen();
    optimiser.sgd(valuesOf(parameter), valuesOf(gradient), valuesOf(velocity), step);
  }

  /** New storage, filled with zeros and then by `fill`. */
  #store(length: number, fill?: (out: Floats) => void): ReferenceStorage {
    this.#requireOpen();
    const values = this.#precision === 64 ? new Float64Array(length) : new Float32Array(length);
    fill?.(values);
    this.#count(length, 1);
    return new ReferenceStorage(values);
  }

  #requireOpen(): void {
    if (this.#disposed) throw new TensorError('disposed', 'reference: the backend was disposed; open another');
  }

  #count(length: number, storages: number): void {
    this.#use = { bytes: this.#use.bytes + (length * this.#precision) / 8, storages: this.#use.storages + storages };
  }
}

function open({ bias, activation, scale, scaleOffset = 0, residual, sharedResidual }: Epilogue): product.OpenEpilogue {
  return {
    bias: bias && valuesOf(bias),
    activation,
    scale: scale && valuesOf(scale).subarray(scaleOffset),
    residual: residual && valuesOf(residual),
    sharedResidual,
  };
}

function openRows({ storage, offset, stride }: HeadRows): heads.OpenRows {
  return { values: valuesOf(storage), offset, stride };
}
