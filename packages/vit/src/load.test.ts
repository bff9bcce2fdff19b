/** Loading a checkpoint with weights in half precision. (What a model computes is tested in `tests/parity`.) */
import { type Backend, createReferenceBackend, narrowHalf, widenHalf } from '@cdam/tensor';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectedShapes } from './checkpoint/facts.ts';
import { readCheckpoint } from './checkpoint/read.ts';
import { facts, huggingFace } from './checkpoint/toy.ts';
import { fromCheckpoint, loadVit } from './load.ts';
import { writeSafetensors } from './safetensors/write.ts';

/** A checkpoint of values that half precision has to round. The tensor `key` holds `value` as its second element. */
function file(shapes: ReadonlyMap<string, readonly number[]>, key = '', value = 0): Uint8Array {
  return writeSafetensors(
    Array.from(shapes, ([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(0.1);
      if (name === key) data[1] = value;
      return { name, dtype: 'F32' as const, shape, data };
    }),
  );
}

describe('weights in f16', () => {
  let backend: Backend;
  beforeEach(() => {
    const reference = createReferenceBackend();
    backend = Object.assign(reference, { uploadHalf: (data: Float32Array) => reference.upload(widenHalf(narrowHalf(data))) });
  });

  it('are the matrices of layers and the patch embedding, and nothing else', async () => {
    const vit = await loadVit(file(expectedShapes({ ...facts, layerScale: true })), { backend, weights: 'f16' });
    const rounded: string[] = [];
    for (const [name, weight] of Object.entries(vit.weights)) if ((await weight.data())[0] !== Math.fround(0.1)) rounded.push(name);
    const layers = ['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'];
    const names = [0, 1].flatMap((block) => layers.map((layer) => `blocks.${block}.${layer}.weight`));
    expect(rounded.toSorted()).toEqual([...names, 'head.weight', 'patch_embed.proj.weight'].toSorted());
  });

  it('that are too large are reported under their key in the file, and nothing stays loaded', async () => {
    const key = 'vit.encoder.layer.1.output.dense.weight';
    const weights = file(huggingFace(expectedShapes(facts)), key, -70000);
    const message = expect.stringContaining(`${key} cannot be kept in f16 (halfTensor: element 1 is -70000`);
    await expect(loadVit(weights, { backend, weights: 'f16' })).rejects.toThrow(expect.objectContaining({ code: 'dtype', message }));
    expect(backend.memory()).toEqual({ bytes: 0, storages: 0 });
    expect((await loadVit(weights, { backend })).parameters).toBeGreaterThan(0);
  });

  it('need a backend that can keep them', () => {
    const checkpoint = readCheckpoint({ weights: file(expectedShapes(facts)) });
    const refused = expect.objectContaining({ code: 'backend', message: expect.stringContaining('has no half precision') });
    expect(() => fromCheckpoint(checkpoint, { backend: createReferenceBackend(), weights: 'f16' })).toThrow(refused);
  });
});
