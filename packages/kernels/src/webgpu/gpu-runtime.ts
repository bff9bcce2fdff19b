/**
 * The runtime on a WebGPU device. It joins the pool of buffers, the pipelines and the queue, and decides when a buffer may be reused.
 */
import { type MemoryUse, narrowHalf, type Storage, TensorError } from '@cdam/tensor';
import { BufferPool, type PooledBuffer, STORAGE_USAGE, sizeClass } from './buffers.ts';
import { BATCH, CommandQueue, type QueueEvents } from './command-queue.ts';
import { deviceLostError, messageOf, tooLargeError, wideningError } from './errors.ts';
import { BUFFER_USAGE, MAP_READ } from './flags.ts';
import type { AnyDispatch, Dispatch, Kernel, Workgroups } from './kernel.ts';
import { widen } from './movement/widen.ts';
import { PipelineCache } from './pipelines.ts';
import { type KernelTime, Profiler } from './profiler.ts';
import type { DeviceLimits, Runtime } from './runtime.ts';
import { GpuStorage } from './storage.ts';

/** How a runtime treats its device. */
export interface RuntimeOptions {
  /**
   * The object from which the device came, when the runtime owns the device: `dispose` then destroys the device. Dawn crashes when this
   * object is collected before its devices, so the runtime holds it.
   */
  readonly gpu: GPU | undefined;
  /** Bytes that released buffers may keep for reuse. */
  readonly poolBytes: number;
  /** Released bytes that may wait for commands to be submitted; with more, the commands are submitted at once. 256 MiB by default. */
  readonly waitingBytes?: number;
  /** Whether the adapter computes on the CPU. */
  readonly software: boolean;
  /** Whether the time of every kernel is taken. */
  readonly profile?: boolean;
}

const WAITING_BYTES = 256 * 1024 * 1024;

/** Storage and dispatches on one device. */
export class GpuRuntime implements Runtime {
  readonly limits: DeviceLimits;
  readonly features: ReadonlySet<string>;
  readonly software: boolean;
  readonly subgroupSize: number | undefined;
  readonly #device: GPUDevice;
  readonly #options: RuntimeOptions;
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #queue: CommandQueue;
  readonly #profiler: Profiler | undefined;
  readonly #live = new Set<GpuStorage>();
  #liveBytes = 0;
  /** Buffers that were released while commands that use them were still in the queue. */
  #retiring: { buffer: PooledBuffer; lastUse: number }[] = [];
  #retiringBytes = 0;
  readonly #errors: { sequence: number; error: TensorError }[] = [];
  /** How many of the errors some `read` has thrown. */
  #reported = 0;
  /** The reason, once nothing works any more. */
  #end: TensorError | undefined;
  /** Functions that reject the reads under way. */
  readonly #pending = new Set<(error: TensorError) => void>();

  constructor(device: GPUDevice, options: RuntimeOptions) {
    this.#device = device;
    this.#options = options;
    this.software = options.software;
    this.subgroupSize = subgroupSizeOf(device);
    this.limits = limitsOf(device);
    this.features = new Set(device.features);
    this.#pipelines = new PipelineCache(device);
    this.#profiler = options.profile ? new Profiler(device, BATCH) : undefined;
    const events: QueueEvents = {
      submitted: (through) => this.#retire(through),
      failed: (sequence, error) => this.#errors.push({ sequence, error }),
    };
    this.#queue = new CommandQueue(device, events, this.#profiler);
    const create = (size: number): GPUBuffer =>
      this.#queue.guard(`a buffer of ${size} bytes`, () => device.createBuffer({ label: 'storage', size, usage: STORAGE_USAGE }));
    this.#pool = new BufferPool(create, (buffer) => this.#queue.bindGroups.forget(buffer), options.poolBytes);
    device.lost.then((info) => this.#stop(deviceLostError(info)));
  }

  allocate(length: number, op = 'allocate'): Storage {
    return this.#allocate(length, op, false);
  }

  upload(data: Float32Array | Uint32Array): Storage {
    const storage = this.#allocate(data.length, 'upload', false);
    this.#write(storage, data);
    return storage;
  }

  uploadHalf(data: Float32Array): Storage {
    const storage = this.#allocate(data.length, 'uploadHalf', true);
    // WebGPU writes multiples of four bytes.
    const even = new Uint16Array(2 * Math.ceil(data.length / 2));
    even.set(narrowHalf(data));
    this.#write(storage, even);
    return storage;
  }

  isHalf(x: Storage): boolean {
    return x instanceof GpuStorage && x.half;
  }

  release(x: Storage): void {
    if (!(x instanceof GpuStorage) || !this.#live.delete(x)) return;
    this.#liveBytes -= x.bytes;
    const { buffer, lastUse } = x;
    if (lastUse <= this.#queue.submitted) {
      this.#pool.recycle(buffer);
      return;
    }
    this.#retiring.push({ buffer, lastUse });
    this.#retiringBytes += buffer.bytes;
    // Otherwise the first run of a model, whose kernels are still being compiled, would hold all its intermediates at once.
    if (this.#retiringBytes > (this.#options.waitingBytes ?? WAITING_BYTES)) this.#queue.hasten();
  }

  run<K extends Kernel>(kernel: K, given: Dispatch<K>): void {
    this.#requireOpen();
    const dispatch: AnyDispatch = given;
    const { name } = kernel;
    const inputs = kernel.inputs.map((input) => this.#resolve(dispatch.inputs[input], name));
    const outputs = kernel.outputs.map((output) => this.#resolve(dispatch.outputs[output], name));
    if (outputs.some((output, i) => inputs.includes(output) || outputs.indexOf(output) !== i)) {
      throw new TensorError('backend', `${name}: one storage is bound twice, and once to be written; copy it first`);
    }
    if (outputs.some(({ half }) => half)) {
      throw new TensorError('argument', `${name}: storage of half precision is only read; keep in 32 bits what is changed in place`);
    }
    this.#checkWorkgroups(name, dispatch.workgroups);
    if (this.#end || dispatch.workgroups.includes(0)) return;
    const entry = this.#pipelines.get(kernel, dispatch.constants, dispatch.slots);
    const copies = new Map<GpuStorage, GpuStorage>();
    try {
      const isKept = (i: number): boolean => dispatch.keptInputs?.includes(kernel.inputs[i] ?? '') ?? false;
      const used = inputs.map((x, i) => (x.half && !isKept(i) ? this.#widened(x, copies, name) : x));
      used.push(...outputs);
      const buffers = used.map(({ buffer }) => buffer);
      // Even when the queue submits at once, it does not look at the storages, so their last use can be noted afterwards.
      const sequence = this.#queue.dispatch(entry, buffers, dispatch);
      for (const storage of used) storage.lastUse = sequence;
    } finally {
      for (const copy of copies.values()) this.release(copy);
    }
  }

  read(x: Storage): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#requireOpen();
      if (this.#end) throw this.#end;
      const kept = this.#resolve(x, 'read');
      const copies = new Map<GpuStorage, GpuStorage>();
      const wide = kept.half ? this.#widened(kept, copies, 'read') : kept;
      const settled = (): void => {
        this.#pending.delete(reject);
        for (const copy of copies.values()) this.release(copy);
      };
      this.#pending.add(reject);
      this.#readBack(wide).finally(settled).then(resolve, reject);
    });
  }

  memory(): MemoryUse {
    return { bytes: this.#liveBytes, storages: this.#live.size };
  }

  /**
   * What kernels cost on the GPU since the last call, the costliest first.
   * Rejects with a `TensorError` when the runtime was made without `profile`.
   */
  async profile(): Promise<KernelTime[]> {
    if (this.#profiler) return await this.#profiler.take();
    throw new TensorError('backend', 'profile: the backend was opened without it; open it with { profile: true }');
  }

  dispose(): void {
    if (this.#end?.code === 'disposed') return;
    this.#stop(new TensorError('disposed', 'the WebGPU backend was disposed'));
    for (const { buffer } of [...this.#live, ...this.#retiring]) buffer.gpu.destroy();
    this.#live.clear();
    this.#liveBytes = 0;
    this.#retiring = [];
    this.#pool.clear();
    this.#queue.destroy();
    this.#profiler?.destroy();
    if (this.#options.gpu) this.#device.destroy();
  }

  #allocate(length: number, op: string, half: boolean): GpuStorage {
    this.#requireOpen();
    const most = this.limits.storageBindingBytes;
    const bytes = length * (half ? 2 : 4);
    if (bytes > most) throw tooLargeError(op, length, bytes, most);
    const storage = new GpuStorage(length, this.#pool.acquire(sizeClass(bytes, most)), half);
    this.#live.add(storage);
    this.#liveBytes += storage.bytes;
    return storage;
  }

  #write({ buffer }: GpuStorage, data: Float32Array | Uint32Array | Uint16Array): void {
    const write = (): void => this.#device.queue.writeBuffer(buffer.gpu, 0, data.buffer, data.byteOffset, data.byteLength);
    this.#queue.guard('upload', write);
  }

  /** The 32-bit copy of x among `copies`. When there is none yet, it is made for `op`. */
  #widened(x: GpuStorage, copies: Map<GpuStorage, GpuStorage>, op: string): GpuStorage {
    const known = copies.get(x);
    if (known) return known;
    const most = this.limits.storageBindingBytes;
    if (x.length * 4 > most) throw wideningError(op, x.length, most);
    const copy = this.#resolve(widen(this, x), 'widen');
    copies.set(x, copy);
    return copy;
  }

  async #readBack(storage: GpuStorage): Promise<Float32Array> {
    const seen = this.#reported;
    const bytes = storage.length * 4;
    const usage = BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST;
    const staging = this.#queue.guard('read', () => this.#device.createBuffer({ label: 'read', size: Math.max(4, bytes), usage }));
    const { sequence, done } = this.#queue.copy(storage.buffer, staging, bytes);
    storage.lastUse = sequence;
    try {
      await done;
      await this.#queue.checked;
      const failure = this.#errors.slice(seen).find((e) => e.sequence <= sequence);
      if (failure) {
        this.#reported = this.#errors.length;
        throw failure.error;
      }
      await staging.mapAsync(MAP_READ).catch((cause: unknown) => this.#mapFailed(cause));
      return new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    } finally {
      staging.destroy();
    }
  }

  /** Mapping fails when the device is lost, sometimes a little before `device.lost` says so. */
  async #mapFailed(cause: unknown): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw this.#end ?? new TensorError('backend', `read: mapping the result failed: ${messageOf(cause)}`, { cause });
  }

  #retire(through: number): void {
    const waiting = this.#retiring.filter(({ lastUse }) => lastUse > through);
    for (const { buffer, lastUse } of this.#retiring) if (lastUse <= through) this.#pool.recycle(buffer);
    this.#retiring = waiting;
    this.#retiringBytes = waiting.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
  }

  #stop(reason: TensorError): void {
    if (this.#end?.code === 'disposed') return;
    this.#end = reason;
    this.#queue.discard();
    for (const reject of this.#pending) reject(reason);
    this.#pending.clear();
  }

  #resolve(x: Storage | undefined, op: string): GpuStorage {
    if (x instanceof GpuStorage && this.#live.has(x)) return x;
    throw new TensorError('disposed', `${op}: a storage of length ${x?.length} was released, or belongs to another backend`);
  }

  #requireOpen(): void {
    if (this.#end?.code === 'disposed') throw this.#end;
  }

  #checkWorkgroups(name: string, workgroups: Workgroups): void {
    const most = this.limits.workgroupsPerDimension;
    if (workgroups.some((n) => n > most)) {
      throw new TensorError(
        'backend',
        `${name}: ${workgroups.join(' × ')} workgroups, but the GPU takes ${most} along an axis; use a smaller batch`,
      );
    }
  }
}

function subgroupSizeOf({ features, adapterInfo }: GPUDevice): number | undefined {
  const { subgroupMinSize, subgroupMaxSize } = adapterInfo;
  return features.has('subgroups') && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : undefined;
}

function limitsOf({ limits }: GPUDevice): DeviceLimits {
  return {
    storageBindingBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    workgroupStorageBytes: limits.maxComputeWorkgroupStorageSize,
    invocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    workgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    storageBuffersPerStage: limits.maxStorageBuffersPerShaderStage,
  };
}
