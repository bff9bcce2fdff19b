/**
 * One library on one device, as the benchmark sees it. Each library has a module in `engines/` that makes this of it, so that all are
 * asked the same and none is timed by code of its own.
 */
import type { Workload } from './workloads.ts';

/** Bytes of a file of the model: `model.safetensors`, `model.onnx`, `config.json`. */
export type Files = (name: string) => Promise<Uint8Array>;

/** A workload with its weights on the device. */
export interface Prepared {
  /** One run; resolves to its result. */
  run(): Promise<Float32Array>;
}

/** What each module in `engines/` makes. */
export interface Engine {
  /** What it computes on, in its own words; empty where it does not say. */
  readonly adapter: string;
  /** Gets a workload ready, its weights on the device; undefined when the library has no such thing. */
  prepare(workload: Workload): Promise<Prepared | undefined>;
}

/** What an engine is told when it is opened. */
export interface EngineOptions {
  readonly device: 'webgpu' | 'wasm' | 'cpu' | 'reference';
  readonly threads: number;
  readonly files: Files;
}
