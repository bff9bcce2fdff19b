/**
 * What it takes to look at a large picture: ViT-B/14 at 518 px, the shapes of DINOv2.
 */
import { look } from 'cdam';
import { base, pictures, randomVit, tokensOf, type VitSize } from '../src/random-vit.ts';
import type { Watched } from './peak.ts';

/** Bytes. */
export interface ViewMemory {
  readonly weightBytes: number;
  /** The most that was held during `look`, and what the view goes on holding, weights included. */
  readonly lookBytes: number;
  readonly viewBytes: number;
  /** 1.2 × (weights + activations of one block + tokens). */
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
    const tokens = 4 * tokensOf(size) * size.width;
    // What a block makes: norm1, q, k, v, heads, residual, norm2, hidden (4), residual.
    const activations = 12 * tokens;
    return {
      weightBytes,
      lookBytes: watched.peak(),
      viewBytes: watched.backend.memory().bytes,
      allowedBytes: 1.2 * (weightBytes + activations + tokens),
    };
  } finally {
    vit.dispose();
  }
}
