/** A small computation with WebGPU of the browser, for the test of the harness: it doubles every number of its argument. */
import type { Json } from './launch.ts';

const shader = `
  @group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&numbers)) { numbers[id.x] *= 2.0; }
  }`;

/** @throws Error when the argument is not a list of numbers, or the browser has no WebGPU adapter */
export async function run(argument: Json): Promise<Json> {
  if (!Array.isArray(argument) || !argument.every((value) => typeof value === 'number'))
    throw new Error('double: expects a list of numbers');
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error('double: the browser has no WebGPU adapter');
  const device = await adapter.requestDevice();
  const doubled = await double(device, new Float32Array(argument));
  device.destroy();
  return { adapter: `${adapter.info.vendor} ${adapter.info.architecture}`, numbers: [...doubled] };
}

async function double(device: GPUDevice, numbers: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const size = numbers.byteLength;
  const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
  const readback = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, numbers);
  const compute = { module: device.createShaderModule({ code: shader }), entryPoint: 'main' };
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] }));
  pass.dispatchWorkgroups(Math.ceil(numbers.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, readback, 0, size);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  return new Float32Array(readback.getMappedRange().slice(0));
}
