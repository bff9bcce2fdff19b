/**
 * The storage handles that the WebGPU backend gives out.
 */
import type { Storage } from '@cdam/tensor';
import type { PooledBuffer } from './buffers.ts';

/** `length` elements at the beginning of a pooled buffer: words of 32 bits, or half-precision numbers of 16 bits. */
export class GpuStorage implements Storage {
  readonly length: number;
  readonly buffer: PooledBuffer;
  /** Whether the elements are half-precision numbers. */
  readonly half: boolean;
  /** Sequence number of the last command that uses the buffer; −1 when none did. */
  lastUse = -1;

  constructor(length: number, buffer: PooledBuffer, half: boolean) {
    this.length = length;
    this.buffer = buffer;
    this.half = half;
  }

  /** Bytes of the elements. */
  get bytes(): number {
    return this.length * (this.half ? 2 : 4);
  }
}
