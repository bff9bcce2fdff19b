/**
 * What the conformance suite does not ask: the queue, the memory and the threads behind the kernels.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Backend, MatmulSize, Storage } from '@cdam/tensor';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from '../../../../tests/support/build.ts';
import { openWasm } from '../node/wasm.ts';
import { hasRelaxedSimd } from './module.ts';
import type { WasmBackend, WasmOptions } from './wasm-backend.ts';

const opened: Backend[] = [];
afterEach(() => {
  for (const backend of opened.splice(0)) backend.dispose();
});

async function open(options: WasmOptions): Promise<WasmBackend> {
  const backend = await openWasm(options);
  opened.push(backend);
  return backend;
}

const square = (n: number): MatmulSize => ({
  batch: 1,
  m: n,
  n,
  k: n,
  transposeA: false,
  transposeB: true,
  sharedA: false,
  sharedB: true,
});

/** Numbers that are no pattern a wrong address could meet by chance. */
function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin((i + 1) * 0.7311 + seed));
}

/** Something of every kind of kernel, on odd sizes. */
function compute(backend: Backend): Storage[] {
  const [n, heads, headSize] = [203, 3, 40];
  const width = heads * headSize;
  const x = backend.upload(numbers(n * width, 1));
  const weight = backend.upload(numbers(3 * width * width, 2));
  const [gain, bias] = [backend.upload(numbers(width, 3)), backend.upload(numbers(width, 4))];
  const { y } = backend.layerNorm(x, gain, bias, n, width, 1e-6);
  const qkv = backend.matmul(y, weight, { ...square(1), m: n, n: 3 * width, k: width }, { activation: 'gelu' });
  const [q, k, v] = [0, 1, 2].map((i) => ({ storage: qkv, offset: i * width, stride: 3 * width }));
  if (!q || !k || !v) return [];
  const size = { batch: 1, heads, queries: n, keys: n, headSize, scale: 0.1 };
  const { out, logSumExp } = backend.attention(q, k, v, size);
  const { dq, dk, dv } = backend.attentionGradient(q, k, v, out, logSumExp, x, size);
  const softmax = backend.softmax(x, n, width, false);
  return [qkv, out, logSumExp, dq, dk, dv, softmax, backend.reduce('sum', qkv, 1, n, 3 * width), backend.reduce('sum', x, n, width, 1)];
}

describe.each([1, 2])('with %i threads', (threads) => {
  it('says what it is', async () => {
    const backend = await open({ threads });
    expect(backend.name).toBe('wasm');
    expect(backend.adapter).toMatch(threads === 1 ? /^SIMD128,.* 1 thread$/ : /^SIMD128,.* 2 threads$/);
  });

  it('takes many more commands than the queue holds before anything is read', async () => {
    const backend = await open({ threads });
    let sum = backend.full(1000, 0);
    const one = backend.full(1000, 1);
    const walk = { shape: [1000], strides: [1], offset: 0 };
    for (let i = 0; i < 3000; i++) {
      const next = backend.binary('add', sum, walk, one, walk);
      backend.release(sum);
      sum = next;
    }
    expect(await backend.read(sum)).toEqual(new Float32Array(1000).fill(3000));
  });

  it('gives memory out again at once, and never under an upload or a read that is still to come', async () => {
    const backend = await open({ threads });
    const heavy = backend.upload(numbers(300 * 300, 1));
    const reads: Promise<Float32Array>[] = [];
    for (let i = 0; i < 60; i++) {
      // Keeps the workers behind the calling thread.
      backend.release(backend.matmul(heavy, heavy, square(300)));
      const uploaded = backend.upload(new Float32Array(5000).fill(i));
      const doubled = backend.binary('add', uploaded, { shape: [5000], strides: [1], offset: 0 }, uploaded, {
        shape: [5000],
        strides: [1],
        offset: 0,
      });
      backend.release(uploaded);
      reads.push(backend.read(doubled));
      backend.release(doubled);
    }
    for (const [i, values] of (await Promise.all(reads)).entries()) expect(values).toEqual(new Float32Array(5000).fill(2 * i));
  });

  it('reads what a storage held when it was asked, whatever is done to it afterwards', async () => {
    const backend = await open({ threads });
    const [parameter, gradient] = [backend.full(100, 1), backend.full(100, 1)];
    const velocity = backend.full(100, 0);
    const before = backend.read(parameter);
    backend.sgd(parameter, gradient, velocity, { learningRate: 0.5, momentum: 0, weightDecay: 0 });
    const after = backend.read(parameter);
    expect([(await before)[0], (await after)[0]]).toEqual([1, 0.5]);
  });

  it('packs weights anew after an optimiser changed them', async () => {
    const backend = await open({ threads });
    const n = 16;
    const identity = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const [x, weight] = [backend.upload(numbers(n * n, 5)), backend.upload(identity)];
    const [gradient, velocity] = [backend.upload(identity), backend.full(n * n, 0)];
    for (let i = 0; i < 3; i++) expect(await backend.read(backend.matmul(x, weight, square(n)))).toEqual(numbers(n * n, 5));
    backend.sgd(weight, gradient, velocity, { learningRate: -1, momentum: 0, weightDecay: 0 });
    const doubled = numbers(n * n, 5).map((value) => 2 * value);
    for (let i = 0; i < 3; i++) expect(await backend.read(backend.matmul(x, weight, square(n)))).toEqual(doubled);
  });

  it('grows its memory under storages that exist', async () => {
    const backend = await open({ threads });
    const before = backend.reservedBytes;
    const data = Array.from({ length: 12 }, (_, i) => numbers(2 ** 18, i));
    const storages = data.map((values) => backend.upload(values));
    expect(backend.reservedBytes).toBeGreaterThan(before);
    const halves = storages.map((storage) => backend.unary('neg', storage));
    for (const [i, storage] of halves.entries()) expect((await backend.read(storage))[12_345]).toBe(-(data[i]?.[12_345] ?? 0));
  });

  it('uses no more memory for the hundredth round than for the fifth', async () => {
    const backend = await open({ threads });
    const weight = backend.upload(numbers(192 * 192, 1));
    const live = backend.memory();
    const round = async (): Promise<number> => {
      const x = backend.upload(numbers(197 * 192, 2));
      const y = backend.matmul(x, weight, { ...square(192), m: 197 });
      const picked = backend.gather(y, Uint32Array.of(3, 1, 4), 192);
      await backend.read(picked);
      for (const storage of [x, y, picked]) backend.release(storage);
      return backend.reservedBytes;
    };
    let fifth = 0;
    for (let i = 0; i < 100; i++) {
      const reserved = await round();
      if (i === 4) fifth = reserved;
    }
    expect(backend.reservedBytes).toBe(fifth);
    expect(backend.memory()).toEqual(live);
  });

  it('refuses storages that were released, that are another backend’s, and everything after it was disposed', async () => {
    const [backend, other] = [await open({ threads }), await open({ threads: 1 })];
    const [released, foreign, kept] = [backend.full(3, 1), other.full(3, 1), backend.full(3, 1)];
    backend.release(released);
    backend.release(released);
    expect(backend.memory()).toEqual({ bytes: 12, storages: 1 });
    expect(() => backend.unary('exp', released)).toThrow(expect.objectContaining({ code: 'disposed' }));
    expect(() => backend.unary('exp', foreign)).toThrow(/belongs to another backend/);
    expect(backend.memory()).toEqual({ bytes: 12, storages: 1 });
    backend.dispose();
    expect(() => backend.unary('exp', kept)).toThrow(expect.objectContaining({ code: 'disposed' }));
    await expect(backend.read(kept)).rejects.toMatchObject({ code: 'disposed' });
    expect(() => backend.release(kept)).not.toThrow();
  });
});

it('gives the same bits whatever the number of threads', async () => {
  const results = await Promise.all(
    [1, 2, 3].map(async (threads) => {
      const backend = await open({ threads });
      return await Promise.all(compute(backend).map((storage) => backend.read(storage)));
    }),
  );
  expect(results[0]?.flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

it('leaves the calling thread free while workers compute', async () => {
  const backend = await open({ threads: 2 });
  const x = backend.upload(numbers(700 * 700, 1));
  const events: string[] = [];
  for (let i = 0; i < 20; i++) backend.release(backend.matmul(x, x, square(700)));
  const reading = backend.read(x).then(() => events.push('result'));
  await new Promise((resolve) => setTimeout(resolve, 0));
  events.push('timer');
  await reading;
  expect(events).toEqual(['timer', 'result']);
});

it('rejects a number of threads that cannot be', async () => {
  await expect(openWasm({ threads: 0 })).rejects.toMatchObject({ code: 'argument' });
  await expect(openWasm({ threads: 1.5 })).rejects.toMatchObject({ code: 'argument' });
});

describe('a process that never disposes the backend', () => {
  beforeAll(() => requireBuild('packages/kernels/dist/wasm-node.js'));
  const entry = JSON.stringify(new URL('../../dist/wasm-node.js', import.meta.url).href);
  const runToEnd = (code: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--input-type=module', '-e', `import { openWasm } from ${entry};\n${code}`], {
      encoding: 'utf8',
      timeout: 30_000,
    });

  it('gets the results it waits for and then ends by itself', () => {
    const code = `const backend = await openWasm({ threads: 2 });
      backend.read(backend.unary('exp', backend.full(4, 0))).then((values) => console.log([...values].join()));`;
    expect(runToEnd(code)).toMatchObject({ status: 0, stdout: '1,1,1,1\n', stderr: '' });
  });

  it('ends without waiting for work that nobody reads', () => {
    const code = `const backend = await openWasm({ threads: 2 });
      backend.unary('exp', backend.full(1_000_000, 0));`;
    expect(runToEnd(code)).toMatchObject({ status: 0, stderr: '' });
  });
});

it('conforms with relaxed SIMD too, which this version of Node may have behind a flag', () => {
  requireBuild('packages/kernels/dist/wasm-node.js', 'packages/tensor/dist/conformance/index.js');
  const flags = hasRelaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd'];
  const code = `import { openWasm } from '@cdam/kernels/wasm/node';
    import { conformanceCases } from '@cdam/tensor/conformance';
    const backend = await openWasm({ threads: 1 });
    const wrong = [];
    for (const { name, run } of conformanceCases) {
      const { error, tolerance } = await run(backend);
      if (!(error <= tolerance)) wrong.push(name);
    }
    console.log(JSON.stringify({ adapter: backend.adapter, wrong }));`;
  const [argv, cwd] = [[...flags, '--input-type=module', '-e', code], fileURLToPath(new URL('../..', import.meta.url))];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { cwd, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ adapter: 'SIMD128, relaxed, 1 thread', wrong: [] });
});

it('has the kernels that its sources give', () => {
  const script = fileURLToPath(new URL('../../scripts/compile-wasm.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
