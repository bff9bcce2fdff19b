/**
 * The interface of all contenders. Each library has a module in `engines/` that implements it, so that all are timed by the same code.
 */
import type { Workload } from './workloads.ts';

/** Reads a file of the model: `model.safetensors`, `model.onnx` or `config.json`. */
export type Files = (name: string) => Promise<Uint8Array>;

/** A workload whose weights are on the device. */
export interface Prepared {
  /** Runs it once and gives the result. */
  run(): Promise<Float32Array>;
}

/** A library on a device. */
export interface Engine {
  /** What it computes on, in its own words; empty if it does not say. */
  readonly adapter: string;
  /** Prepares a workload, with its weights on the device; undefined when the library cannot do it. */
  prepare(workload: Workload): Promise<Prepared | undefined>;
}

/** How to open an engine. */
export interface EngineOptions {
  readonly device: 'webgpu' | 'wasm' | 'cpu' | 'reference';
  readonly threads: number;
  readonly files: Files;
}
