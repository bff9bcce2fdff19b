/**
 * Compute pipelines. Each is compiled once for a kernel, values of its constants and texts of its slots, and the caller need not wait: a
 * dispatch whose pipeline is still being compiled stays in the queue.
 */
import type { TensorError } from '@cdam/tensor';
import { compilationError } from './errors.ts';
import { STAGE_COMPUTE } from './flags.ts';
import { type Constants, fillSlots, type Kernel, type Slots } from './kernel.ts';

/** A pipeline that is being compiled, is ready, or has failed. */
export interface PipelineEntry {
  readonly kernel: Kernel;
  readonly layout: GPUBindGroupLayout;
  pipeline: GPUComputePipeline | undefined;
  error: TensorError | undefined;
  /** Resolves when there is a pipeline or an error. It never rejects. */
  readonly settled: Promise<void>;
  /** Compiles at once, for a queue that cannot wait for the background. */
  readonly compileNow: () => void;
}

interface Layouts {
  readonly bindGroup: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

const NONE = {};

/** The pipelines of one device. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, Layouts>();
  readonly #entries = new Map<Kernel, Map<string, PipelineEntry>>();
  /** Numbers for the texts in slots: a key is made for every dispatch, and should be short. */
  readonly #texts = new Map<string, number>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pipeline of a kernel. Its compilation begins at the first call. */
  get(kernel: Kernel, constants: Constants = NONE, slots: Slots = NONE): PipelineEntry {
    let variants = this.#entries.get(kernel);
    if (!variants) {
      variants = new Map();
      this.#entries.set(kernel, variants);
    }
    const key = this.#keyOf(constants, slots);
    let entry = variants.get(key);
    if (!entry) {
      entry = this.#compile(kernel, constants, slots);
      variants.set(key, entry);
    }
    return entry;
  }

  #keyOf(constants: Constants, slots: Slots): string {
    let key = '';
    for (const name in constants) key += `${name}=${constants[name]},`;
    for (const name in slots) {
      const text = slots[name] ?? '';
      let id = this.#texts.get(text);
      if (id === undefined) {
        id = this.#texts.size;
        this.#texts.set(text, id);
      }
      key += `${name}:${id},`;
    }
    return key;
  }

  #compile(kernel: Kernel, constants: Constants, slots: Slots): PipelineEntry {
    const device = this.#device;
    const layouts = this.#layoutsFor(kernel);
    const code = fillSlots(kernel, slots);
    // The error is reported below, with its source line. The scope keeps WebGPU from reporting it a second time, as uncaptured.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: kernel.name, code });
    device.popErrorScope().catch(() => {});
    const compute = { module, entryPoint: 'main', constants: { ...constants } };
    const descriptor = { label: kernel.name, layout: layouts.pipeline, compute };
    const compiling = device.createComputePipelineAsync(descriptor);
    const settled = compiling.then(
      (pipeline) => {
        entry.pipeline ??= pipeline;
      },
      async (cause: unknown) => {
        const info = await module.getCompilationInfo().catch(() => undefined);
        entry.error = compilationError(kernel.name, code, info?.messages ?? [], cause);
      },
    );
    const compileNow = (): void => {
      entry.pipeline ??= device.createComputePipeline(descriptor);
    };
    const entry: PipelineEntry = { kernel, layout: layouts.bindGroup, pipeline: undefined, error: undefined, settled, compileNow };
    return entry;
  }

  #layoutsFor(kernel: Kernel): Layouts {
    const [inputs, outputs] = [kernel.inputs.length, kernel.outputs.length];
    const label = `${inputs} in, ${outputs} out`;
    let layouts = this.#layouts.get(label);
    if (!layouts) {
      const uniforms: GPUBindGroupLayoutEntry = {
        binding: 0,
        visibility: STAGE_COMPUTE,
        buffer: { type: 'uniform', hasDynamicOffset: true },
      };
      const storage = Array.from(
        { length: inputs + outputs },
        (_, i): GPUBindGroupLayoutEntry => ({
          binding: i + 1,
          visibility: STAGE_COMPUTE,
          buffer: { type: i < inputs ? 'read-only-storage' : 'storage' },
        }),
      );
      const bindGroup = this.#device.createBindGroupLayout({ label, entries: [uniforms, ...storage] });
      layouts = { bindGroup, pipeline: this.#device.createPipelineLayout({ label, bindGroupLayouts: [bindGroup] }) };
      this.#layouts.set(label, layouts);
    }
    return layouts;
  }
}
