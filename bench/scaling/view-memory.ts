/**
 * The memory that a view of a large picture needs: ViT-B/14 at 518 × 518 pixels, the sizes of DINOv2.
 */
import { look } from 'cdam';
import { base, pictures, randomVit, tokensOf, type VitSize } from '../src/random-vit.ts';
import type { Watched } from './peak.ts';

/** Numbers of bytes. */
export interface ViewMemory {
  readonly weightBytes: number;
  /** The peak during `look`, with the weights. */
  readonly lookBytes: number;
  /** What stays in use while the view exists, with the weights. */
  readonly viewBytes: number;
  /** 1.2 × (weights + activations of one block + residual stream). */
  readonly allowedBytes: number;
}

const size: VitSize = { ...base, size: 518, patch: 14 };

/** Looks at one picture of noise. */
export async function measureViewMemory(watched: Watched): Promise<ViewMemory> {
  const vit = randomVit(watched.backend, size);
  const weightBytes = watched.backend.memory().bytes;
  watched.reset();
  try {
    using view = look(vit, pictures(size, 1));
    await view.ready();
    const stream = 4 * tokensOf(size) * size.width;
    // A block makes norm1, q, k, v, the heads' output, the stream, norm2, the hidden features (4 times as many), the stream.
    const activations = 12 * stream;
    return {
      weightBytes,
      lookBytes: watched.peak(),
      viewBytes: watched.backend.memory().bytes,
      allowedBytes: 1.2 * (weightBytes + activations + stream),
    };
  } finally {
    vit.dispose();
  }
}
