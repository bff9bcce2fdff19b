/**
 * What the functions that dispatch kernels need: storage on the GPU, and a queue of dispatches.
 *
 * They take a `Runtime` first and the arguments of the contract after it, for instance `softmax(runtime, x, rows, n, log)`. They
 * allocate their outputs, call `run`, release their temporaries, and return.
 */
import type { MemoryUse, Storage } from '@cdam/tensor';
import type { Dispatch, Kernel, Workgroups } from './kernel.ts';

/** Limits of the device, by which kernels choose their variants. */
export interface DeviceLimits {
  readonly storageBindingBytes: number;
  readonly workgroupStorageBytes: number;
  readonly invocationsPerWorkgroup: number;
  readonly workgroupsPerDimension: number;
  readonly storageBuffersPerStage: number;
}

/** Storage on the GPU and a queue of dispatches. */
export interface Runtime {
  readonly limits: DeviceLimits;
  /** Optional WebGPU features that the device was opened with, such as `subgroups`. */
  readonly features: ReadonlySet<string>;
  /** Whether the adapter runs shaders on the processor, where shared memory and barriers cost more than they save. */
  readonly software: boolean;
  /** Invocations of a subgroup, where the device has subgroups and they are all of one size. */
  readonly subgroupSize: number | undefined;

  /**
   * Fresh storage of `length` 32-bit words with undefined contents. The buffer behind it may be longer (a multiple of 256 bytes, so
   * that it can be bound as `array<vec4<f32>>`): kernels take lengths from uniforms, not from `arrayLength`.
   * Throws a `TensorError`, which names `op`, when it would be larger than one binding may be.
   */
  allocate(length: number, op?: string): Storage;
  /** Fresh storage with a copy of `data`. */
  upload(data: Float32Array | Uint32Array): Storage;
  /** Fresh storage with a copy of `data` in half precision, rounded. */
  uploadHalf(data: Float32Array): Storage;
  /** Whether the elements are kept in half precision. */
  isHalf(x: Storage): boolean;
  /**
   * Releases the storage. Dispatches before this call still see it, so temporaries are released right after the last `run` that uses
   * them. Nothing happens when the storage was released before.
   */
  release(x: Storage): void;
  /**
   * Appends a dispatch and returns at once. Throws a `TensorError` when a storage was released, when a buffer is both input and output,
   * when an output is kept in half precision, or when there are more workgroups than the device allows. Nothing is done when a workgroup
   * count is 0. Inputs of half precision are widened first, except those that the kernel reads as they are kept.
   */
  run<K extends Kernel>(kernel: K, dispatch: Dispatch<K>): void;
  /** Waits for everything before and returns the contents of `x`, in 32 bits. */
  read(x: Storage): Promise<Float32Array>;
  memory(): MemoryUse;
  dispose(): void;
}

/**
 * Folds `count` workgroups into two dimensions, since one dimension holds at most 65535. In WGSL:
 * `let group = workgroup_id.x + workgroup_id.y * num_workgroups.x;` and a check of `group` against the count.
 */
export function foldWorkgroups(count: number, runtime: Runtime): Workgroups {
  const most = runtime.limits.workgroupsPerDimension;
  const y = Math.max(1, Math.ceil(count / most));
  return [Math.ceil(count / y), y, 1];
}

/** The workgroups of a kernel whose invocations compute one of `count` results each, folded into two dimensions. */
export function workgroupsFor(count: number, kernel: { readonly fixed: { readonly WORKGROUP: number } }, runtime: Runtime): Workgroups {
  return foldWorkgroups(Math.ceil(count / kernel.fixed.WORKGROUP), runtime);
}

/** Lanes of a subgroup, where the kernels for a processor's subgroups can be used; undefined elsewhere. */
export function subgroupLanes({ subgroupSize }: Runtime): number | undefined {
  return subgroupSize === 4 || subgroupSize === 8 || subgroupSize === 16 ? subgroupSize : undefined;
}
