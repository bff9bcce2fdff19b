import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWebGpuNode } from '@cdam/kernels/node';
import { type Backend, createReferenceBackend, type Parameters, Random } from '@cdam/tensor';
import { readCheckpoint, VisionTransformer, writeSafetensors } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { syntheticArticles } from '../data/synthetic.ts';
import { loadLastCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { exportModel } from './export.ts';
import { BUNDLED_RECIPE, type Recipe } from './recipe.ts';
import { Trainer } from './trainer.ts';

/** The bundled recipe for a model and a data set small enough for a test. */
const tiny: Recipe = {
  ...BUNDLED_RECIPE,
  architecture: { ...BUNDLED_RECIPE.architecture, patchSize: 14, width: 12, depth: 2, heads: 3, mlpRatio: 2 },
  empty: 0.6,
  seed: 5,
  steps: 60,
  batch: 8,
  warmup: 3,
  learningRate: 1e-2,
};
const articles = syntheticArticles(20, new Random(1));

async function numbers(tensors: Parameters): Promise<Record<string, number[]>> {
  return Object.fromEntries(await Promise.all(Object.entries(tensors).map(async ([name, value]) => [name, [...(await value.data())]])));
}

describe('training', () => {
  let backend: Backend;
  let folder = '';
  beforeEach(async () => {
    backend = createReferenceBackend();
    folder = await mkdtemp(join(tmpdir(), 'training-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function take(trainer: Trainer, steps: number): Promise<number[]> {
    const losses: number[] = [];
    for (let i = 0; i < steps; i++) losses.push((await trainer.step()).loss);
    return losses;
  }

  it('lowers the loss below what is possible without looking at the pictures, and frees everything when it is disposed', async () => {
    const before = backend.memory();
    const trainer = new Trainer(backend, tiny, articles);
    const losses = await take(trainer, tiny.steps);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(0, 3))).toBeGreaterThan(0.4);
    // Eight of ten classes never occur. For each of the other two, the best guess without the picture has a loss of at most ln 2.
    expect(mean(losses.slice(-10))).toBeLessThan(0.75 * 0.2 * Math.LN2);
    trainer.dispose();
    expect(backend.memory()).toEqual(before);
  });

  it('holds as much memory after a step as before it', async () => {
    const trainer = new Trainer(backend, tiny, articles);
    const before = backend.memory();
    await take(trainer, 2);
    expect(backend.memory()).toEqual(before);
  });

  it('continues from a checkpoint to the same weights as a training without interruption', async () => {
    const whole = new Trainer(backend, tiny, articles);
    const losses = await take(whole, 6);
    const first = new Trainer(backend, tiny, articles);
    await take(first, 3);
    await saveCheckpoint(folder, tiny, { state: first.state, seconds: 12.5 });
    first.dispose();

    const checkpoint = await loadLastCheckpoint(folder, tiny, backend);
    expect([checkpoint?.state.step, checkpoint?.seconds]).toEqual([3, 12.5]);
    const second = new Trainer(backend, tiny, articles, checkpoint?.state);
    expect(await take(second, 3)).toEqual(losses.slice(3));
    expect(second.state.random).toEqual(whole.state.random);
    for (const group of ['weights', 'mean', 'variance'] as const) {
      expect(await numbers(second.state[group])).toEqual(await numbers(whole.state[group]));
    }
  });

  it('computes the same gradients and losses on WebGPU as on the reference backend', async () => {
    const gpu = await openWebGpuNode();
    const onCpu = new Trainer(backend, tiny, articles);
    const onGpu = new Trainer(gpu, tiny, articles);
    const losses = [await take(onCpu, 1), await take(onGpu, 1)].flat();
    // After one step from zero, AdamW's first moment is a tenth of the gradient.
    const [expected, found] = [await numbers(onCpu.state.mean), await numbers(onGpu.state.mean)];
    for (const [name, values] of Object.entries(expected)) {
      const largest = Math.max(...values.map(Math.abs));
      const worst = Math.max(...values.map((value, i) => Math.abs((found[name]?.[i] ?? Number.NaN) - value)));
      expect(worst, name).toBeLessThanOrEqual(1e-4 * largest);
    }
    losses.push(...(await take(onCpu, 3)), ...(await take(onGpu, 3)));
    for (const [a, b] of [
      [0, 1],
      [2, 5],
      [3, 6],
      [4, 7],
    ] as const) {
      expect(Math.abs((losses[a] ?? Number.NaN) - (losses[b] ?? Number.NaN))).toBeLessThan(1e-4);
    }
    onGpu.dispose();
    gpu.dispose();
  });

  it('depends on the seed: another seed gives other weights and other mosaics', async () => {
    const losses: number[][] = [];
    for (const seed of [5, 5, 6]) losses.push(await take(new Trainer(backend, { ...tiny, seed }, articles), 2));
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).not.toEqual(losses[0]);
  });

  it('keeps the last two checkpoints, takes the last, and refuses one of another recipe', async () => {
    const trainer = new Trainer(backend, tiny, articles);
    for (let i = 0; i < 3; i++) {
      await take(trainer, 1);
      await saveCheckpoint(folder, tiny, { state: trainer.state, seconds: i });
    }
    expect((await readdir(folder)).sort()).toEqual(['step-000002.safetensors', 'step-000003.safetensors']);
    expect((await loadLastCheckpoint(folder, tiny, backend))?.state.step).toBe(3);
    await expect(loadLastCheckpoint(folder, { ...tiny, batch: 9 }, backend)).rejects.toThrow(/another recipe/);
    expect(await loadLastCheckpoint(join(folder, 'nothing-here'), tiny, backend)).toBeUndefined();
  });

  it('refuses a file that is not a checkpoint of a training', async () => {
    const tensors = [{ name: 'weights.norm.bias', dtype: 'F32', shape: [1], data: Float32Array.of(1) }] as const;
    for (const metadata of [undefined, { training: '{}' }, { training: '{"step": 1, "random": [1, 2], "seconds": 3, "recipe": {}}' }]) {
      await writeFile(join(folder, 'step-000001.safetensors'), writeSafetensors(tensors, metadata));
      await expect(loadLastCheckpoint(folder, tiny, backend)).rejects.toThrow(/not a checkpoint of a training/);
    }
  });

  it('ends in a model folder that the library loads, with weights rounded to F16', async () => {
    const trainer = new Trainer(backend, tiny, articles);
    await take(trainer, 1);
    const { weights } = trainer.state;
    await exportModel(folder, weights, { recipe: tiny, loss: 0.5, seconds: 1, backend: 'reference', adapter: 'none', machine: 'none' });
    const { config, weights: read, dtypes } = readCheckpoint(await readModelFolder(folder));
    expect([config.architecture, config.heads, config.multiLabel, config.labels?.[9], dtypes]).toEqual([
      'vit_mosaic_patch14_56',
      3,
      true,
      'Ankle boot',
      ['F16'],
    ]);
    expect(config.assumptions).toEqual([]);
    for (const [name, weight] of Object.entries(weights)) {
      const rounded = read.get(name)?.data() ?? new Float32Array();
      const exact = await weight.data();
      // F16 has 11 significant bits, and steps of 2⁻²⁴ for the smallest numbers.
      expect(exact.every((value, i) => Math.abs((rounded[i] ?? Number.NaN) - value) <= Math.abs(value) * 2 ** -11 + 2 ** -25)).toBe(true);
    }
    expect(new VisionTransformer(config, weights).parameters).toBe(Object.values(weights).reduce((sum, { size }) => sum + size, 0));
  });
});
