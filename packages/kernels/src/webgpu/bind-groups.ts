/**
 * Bind groups, kept for as long as their buffers live: the same operations on the same pooled buffers come again and again.
 */
import type { PooledBuffer } from './buffers.ts';
import { UNIFORM_SLOT } from './kernel.ts';
import type { PipelineEntry } from './pipelines.ts';

/** When there are more than this, all are dropped: a computation with so many different ones gains little from keeping them. */
const MOST = 8192;

/** The bind groups of one device, all with the same buffer of uniforms at binding 0. */
export class BindGroupCache {
  readonly #device: GPUDevice;
  readonly #uniforms: GPUBuffer;
  readonly #layoutIds = new Map<GPUBindGroupLayout, number>();
  readonly #groups = new Map<string, GPUBindGroup>();
  /** The keys of the groups that a buffer is in, by the buffer's id. */
  readonly #keysOf = new Map<number, Set<string>>();

  constructor(device: GPUDevice, uniforms: GPUBuffer) {
    this.#device = device;
    this.#uniforms = uniforms;
  }

  get(entry: PipelineEntry, buffers: readonly PooledBuffer[]): GPUBindGroup {
    const key = this.#keyOf(entry.layout, buffers);
    const known = this.#groups.get(key);
    if (known) return known;
    if (this.#groups.size >= MOST) this.#clear();
    const group = this.#device.createBindGroup({
      label: entry.kernel.name,
      layout: entry.layout,
      entries: [
        { binding: 0, resource: { buffer: this.#uniforms, size: UNIFORM_SLOT } },
        ...buffers.map(({ gpu }, i) => ({ binding: i + 1, resource: { buffer: gpu } })),
      ],
    });
    this.#groups.set(key, group);
    for (const { id } of buffers) {
      const keys = this.#keysOf.get(id);
      if (keys) keys.add(key);
      else this.#keysOf.set(id, new Set([key]));
    }
    return group;
  }

  /** Drops the groups of a buffer that is about to be destroyed, because they would keep its memory. */
  forget(buffer: PooledBuffer): void {
    for (const key of this.#keysOf.get(buffer.id) ?? []) this.#groups.delete(key);
    this.#keysOf.delete(buffer.id);
  }

  #keyOf(layout: GPUBindGroupLayout, buffers: readonly PooledBuffer[]): string {
    let id = this.#layoutIds.get(layout);
    if (id === undefined) {
      id = this.#layoutIds.size;
      this.#layoutIds.set(layout, id);
    }
    return buffers.reduce((key, buffer) => `${key},${buffer.id}`, String(id));
  }

  #clear(): void {
    this.#groups.clear();
    this.#keysOf.clear();
  }
}
