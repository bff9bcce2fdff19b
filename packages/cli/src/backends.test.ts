/** Which backend `auto` takes, and which are refused for weights in half precision. */
import type { AdapterDescription } from '@cdam/kernels/node';
import { expect, test } from 'vitest';
import { chooseBackend, openBackend, openOffered } from './backends.ts';

const gpu: AdapterDescription = {
  name: 'NVIDIA H200 (nvidia hopper)',
  vendor: 'nvidia',
  architecture: 'hopper',
  device: 'NVIDIA H200',
  description: '',
  software: false,
  features: [],
  limits: {},
};

test('a GPU is taken', () => {
  expect(chooseBackend({ adapter: gpu })).toEqual({ choice: 'webgpu', why: 'NVIDIA H200 (nvidia hopper) is a GPU' });
});

test('an adapter that computes on the CPU is not', () => {
  expect(chooseBackend({ adapter: { ...gpu, name: 'SwiftShader', software: true } })).toEqual({
    choice: 'wasm',
    why: 'the only WebGPU adapter, SwiftShader, computes on the CPU',
  });
});

test('without an adapter the reason is kept and the advice left out', () => {
  expect(chooseBackend({ missing: 'WebGPU found no graphics adapter: install a driver' })).toEqual({
    choice: 'wasm',
    why: 'WebGPU found no graphics adapter',
  });
});

test.each(['wasm', 'reference'] as const)('%s is refused where weights in half precision are wanted', async (choice) => {
  await expect(openBackend(choice, { weights: 'f16' })).rejects.toThrow(
    expect.objectContaining({ code: 'usage', message: `--weights f16: the backend ${choice} has only f32; use --backend webgpu` }),
  );
});

test.each(['auto', 'webgpu'] as const)('%s names the GPU that has no half precision where it is wanted', async (wanted) => {
  const message = '--weights f16: NVIDIA H200 (nvidia hopper) has no shader-f16; leave the option out';
  const refused = expect.objectContaining({ code: 'usage', message });
  await expect(openOffered(wanted, { adapter: gpu }, { weights: 'f16' })).rejects.toThrow(refused);
});

test('where half precision is wanted and auto finds no GPU, the error gives the reason', async () => {
  const message = '--weights f16 needs a GPU, and there is none: WebGPU found no graphics adapter';
  const refused = expect.objectContaining({ code: 'usage', message });
  const offer = { missing: 'WebGPU found no graphics adapter: install a driver' };
  await expect(openOffered('auto', offer, { weights: 'f16' })).rejects.toThrow(refused);
});
