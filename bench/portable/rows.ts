/**
 * What is measured on a card. The script for PyTorch has rows of the same names, so that both can be compared.
 */
import { add, type Backend, gelu, halfTensor, matmul, type Storage, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { cdam, look } from 'cdam';
import { base, pictures, randomVit, small, tiny, type VitSize } from '../src/random-vit.ts';
import { numbers } from '../src/workloads.ts';
import { latency, type Timing, throughput } from './timing.ts';

/** One measurement. */
export interface Row {
  /**
   * `matmul 4096`, `attention 1370 backward`, `ViT-B forward`, `ViT-B batch 16`. `matmul 4096 f16 B` keeps the second operand in half
   * precision and computes in 32 bits.
   */
  readonly name: string;
  /** The time of one call, or of one batch, in milliseconds. */
  readonly ms: number;
  /** How many multiplications and additions a call has. */
  readonly operations?: number;
  /** How many bytes a call reads and writes. */
  readonly bytes?: number;
  /** How many images a batch has. */
  readonly images?: number;
}

/** The sizes that are measured; they can be small for a trial. */
export interface Sizes {
  /** Sides of square matrices. */
  readonly matmul: readonly number[];
  /** How many elements the tensors of the element-wise kernels have. */
  readonly elements: number;
  /** Numbers of tokens for attention. */
  readonly tokens: readonly number[];
  /** Names of models. */
  readonly models: readonly string[];
  /** Numbers of images in a batch. */
  readonly batches: readonly number[];
}

/** The sizes of models by their names. */
export const models: Readonly<Record<string, VitSize>> = { 'ViT-Ti': tiny, 'ViT-S': small, 'ViT-B': base };

const HEADS = 12;
const HEAD_SIZE = 64;

/** Measures all rows, one after the other. @param done is called with each row as soon as it is measured */
export async function measureRows(backend: Backend, sizes: Sizes, timing: Timing, done: (row: Row) => void): Promise<void> {
  for (const n of sizes.matmul) {
    done(await matmulRow(backend, n, false, timing));
    if (backend.uploadHalf) done(await matmulRow(backend, n, true, timing));
  }
  for (const row of await elementwiseRows(backend, sizes.elements, timing)) done(row);
  for (const tokens of sizes.tokens) for (const row of await attentionRows(backend, tokens, timing)) done(row);
  for (const name of sizes.models) {
    const size = models[name];
    if (size === undefined) throw new Error(`bench: there is no model ${name}; take ${Object.keys(models).join(', ')}`);
    const vit = randomVit(backend, size);
    for await (const row of modelRows(vit, name, size, sizes.batches, timing)) done(row);
    vit.dispose();
  }
}

async function matmulRow(backend: Backend, n: number, half: boolean, timing: Timing): Promise<Row> {
  using a = tensor(backend, numbers(n * n, 1), [n, n]);
  using b = (half ? halfTensor : tensor)(backend, numbers(n * n, 2), [n, n]);
  const ms = await throughput(backend, () => tidy(backend, () => matmul(a, b)), timing);
  return { name: `matmul ${n}${half ? ' f16 B' : ''}`, ms, operations: 2 * n ** 3 };
}

async function elementwiseRows(backend: Backend, elements: number, timing: Timing): Promise<Row[]> {
  using a = tensor(backend, numbers(elements, 1));
  using b = tensor(backend, numbers(elements, 2));
  const addMs = await throughput(backend, () => tidy(backend, () => add(a, b)), timing);
  const geluMs = await throughput(backend, () => tidy(backend, () => gelu(a)), timing);
  return [
    { name: 'add', ms: addMs, bytes: 12 * elements },
    { name: 'gelu', ms: geluMs, bytes: 8 * elements },
  ];
}

/** The primitives of attention and its gradient, on packed q, k, v of one picture with the heads of ViT-B. */
async function attentionRows(backend: Backend, tokens: number, timing: Timing): Promise<Row[]> {
  const width = HEADS * HEAD_SIZE;
  using packed = tensor(backend, numbers(3 * tokens * width, 4), [tokens, 3 * width]);
  using dout = tensor(backend, numbers(tokens * width, 6), [1, tokens, width]);
  const part = (i: number): { storage: Storage; offset: number; stride: number } => ({
    storage: packed.storage,
    offset: i * width,
    stride: 3 * width,
  });
  const size = { batch: 1, heads: HEADS, queries: tokens, keys: tokens, headSize: HEAD_SIZE, scale: HEAD_SIZE ** -0.5 };
  const [q, k, v] = [part(0), part(1), part(2)];
  const { out, logSumExp } = backend.attention(q, k, v, size);
  const forward = await primitive(backend, timing, () => Object.values(backend.attention(q, k, v, size)));
  const backward = await primitive(backend, timing, () =>
    Object.values(backend.attentionGradient(q, k, v, out, logSumExp, dout.storage, size)),
  );
  for (const storage of [out, logSumExp]) backend.release(storage);
  const product = 2 * tokens ** 2 * width;
  return [
    { name: `attention ${tokens} forward`, ms: forward, operations: 2 * product },
    // The gradient computes the scores again, so it has five products.
    { name: `attention ${tokens} backward`, ms: backward, operations: 5 * product },
  ];
}

/** The time of a primitive, whose results are released. */
function primitive(backend: Backend, timing: Timing, call: () => readonly Storage[]): Promise<number> {
  return throughput(
    backend,
    () => {
      for (const storage of call()) backend.release(storage);
      return [];
    },
    timing,
  );
}

async function* modelRows(
  vit: VisionTransformer,
  name: string,
  size: VitSize,
  batches: readonly number[],
  timing: Timing,
): AsyncGenerator<Row> {
  const { backend } = vit;
  const picture = pictures(size, 1);
  const forward = (input: Tensor): Tensor => tidy(backend, () => vit.forward(input));
  const input = (count: number): Tensor => tensor(backend, pictures(size, count), [count, 3, size.size, size.size]);
  yield { name: `${name} forward`, ms: await latency(() => readForward(vit, picture, size), timing) };
  yield { name: `${name} one map`, ms: await latency(() => oneMap(vit, picture), timing) };
  yield { name: `${name} all maps`, ms: await latency(() => allMaps(vit, picture), timing) };
  for (const count of batches) {
    using batch = input(count);
    yield { name: `${name} batch ${count}`, ms: await throughput(backend, () => forward(batch), timing), images: count };
  }
}

async function readForward(vit: VisionTransformer, picture: Float32Array, { size }: VitSize): Promise<void> {
  using logits = tidy(vit.backend, () => vit.forward(tensor(vit.backend, picture, [1, 3, size, size])));
  await logits.data();
}

async function oneMap(vit: VisionTransformer, picture: Float32Array): Promise<void> {
  using view = look(vit, picture);
  await cdam(view, 0);
}

async function allMaps(vit: VisionTransformer, picture: Float32Array): Promise<void> {
  using view = look(vit, picture);
  using maps = tidy(vit.backend, () => {
    view.classRow.makeBasis();
    return view.classRow.maps(vit.weight('head.weight'));
  });
  await maps.data();
}
