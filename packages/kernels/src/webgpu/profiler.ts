/**
 * Where the time goes on the GPU, by a pair of timestamps around every dispatch.
 *
 * WebGPU takes timestamps where passes begin and end, so a queue that is profiled gives every dispatch a pass of its own. That costs
 * time too. So the sums compare kernels with each other; what they cost together, a run without the profiler tells.
 */
import { TensorError } from '@cdam/tensor';
import { BUFFER_USAGE, MAP_READ } from './flags.ts';

/** What one kernel cost on the GPU. */
export interface KernelTime {
  /** Its name, and for a matrix product its shape: `matmul 197×192×576` is [197, 192] × [192, 576]. */
  readonly kernel: string;
  readonly calls: number;
  /** Of all calls together. */
  readonly milliseconds: number;
}

const BYTES_PER_QUERY = 8;

/** Sums of the times between pairs of timestamps, by the name of the kernel that ran between them. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  #times = new Map<string, { calls: number; nanoseconds: number }>();
  #pending: Promise<void> = Promise.resolve();

  /**
   * @param most dispatches between two calls of `resolve`
   * @throws TensorError `backend` when the device was opened without `timestamp-query`
   */
  constructor(device: GPUDevice, most: number) {
    if (!device.features.has('timestamp-query')) {
      throw new TensorError('backend', 'profile: this GPU has no timestamps (the WebGPU feature timestamp-query); open it without profile');
    }
    this.#device = device;
    this.#queries = device.createQuerySet({ label: 'profile', type: 'timestamp', count: 2 * most });
    this.#resolved = device.createBuffer({
      label: 'profile',
      size: 2 * most * BYTES_PER_QUERY,
      usage: BUFFER_USAGE.QUERY_RESOLVE | BUFFER_USAGE.COPY_SRC,
    });
  }

  /** The timestamps that the pass of dispatch number `slot` writes. */
  timestamps(slot: number): GPUComputePassTimestampWrites {
    return { querySet: this.#queries, beginningOfPassWriteIndex: 2 * slot, endOfPassWriteIndex: 2 * slot + 1 };
  }

  /**
   * Appends commands that bring back the timestamps of the first dispatches, one for each name in `kernels`.
   * @returns a function to be called when the encoder's commands were submitted
   */
  resolve(encoder: GPUCommandEncoder, kernels: readonly string[]): () => void {
    const count = 2 * kernels.length;
    const size = count * BYTES_PER_QUERY;
    const usage = BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST;
    const staging = this.#device.createBuffer({ label: 'profile', size, usage });
    encoder.resolveQuerySet(this.#queries, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, size);
    return () => {
      this.#pending = Promise.all([this.#pending, this.#collect(staging, kernels)]).then(() => {});
    };
  }

  /** What was measured since the last call, the costliest first. Waits for all that was submitted. */
  async take(): Promise<KernelTime[]> {
    await this.#pending;
    const times = this.#times;
    this.#times = new Map();
    return Array.from(times, ([kernel, { calls, nanoseconds }]) => ({ kernel, calls, milliseconds: nanoseconds / 1e6 })).sort(
      (a, b) => b.milliseconds - a.milliseconds,
    );
  }

  destroy(): void {
    this.#queries.destroy();
    this.#resolved.destroy();
  }

  async #collect(staging: GPUBuffer, kernels: readonly string[]): Promise<void> {
    try {
      await staging.mapAsync(MAP_READ);
      const stamps = new BigUint64Array(staging.getMappedRange());
      kernels.forEach((kernel, i) => {
        const [begin = 0n, end = 0n] = stamps.subarray(2 * i, 2 * i + 2);
        const sum = this.#times.get(kernel) ?? { calls: 0, nanoseconds: 0 };
        // The clocks of some drivers step back now and then, which the specification allows.
        this.#times.set(kernel, { calls: sum.calls + 1, nanoseconds: sum.nanoseconds + Math.max(0, Number(end - begin)) });
      });
    } catch {
      // The device is gone. The next read of a result says so.
    } finally {
      staging.destroy();
    }
  }
}
