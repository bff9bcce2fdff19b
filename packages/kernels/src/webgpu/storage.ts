/**
 * The storage handles that the WebGPU backend gives out.
 */
import type { Storage } from '@cdam/tensor';
import type { PooledBuffer } from './buffers.ts';

/** `length` 32-bit words at the beginning of a pooled buffer. */
export class GpuStorage implements Storage {
  readonly length: number;
  readonly buffer: PooledBuffer;
  /** Sequence number of the last command that uses the buffer; −1 when none did. */
  lastUse = -1;

  constructor(length: number, buffer: PooledBuffer) {
    this.length = length;
    this.buffer = buffer;
  }
}
