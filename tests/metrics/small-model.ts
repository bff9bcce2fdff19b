/**
 * For the tests of the metrics: the small golden model with a view of a picture, and logits computed in the simplest way, for one picture
 * at a time.
 */
import { concat, createReferenceBackend, slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { look, type View } from 'cdam';
import { goldenPath, readPicture } from '../support/golden.ts';

/** Opens a golden model and looks at a picture. */
export async function openSmallModel(name = 'vit-small-f32'): Promise<{ vit: VisionTransformer; view: View }> {
  const vit = await loadVit(goldenPath(name), { backend: createReferenceBackend() });
  return { vit, view: look(vit, await readPicture(goldenPath('images/astronaut.png'))) };
}

/** The logits of one input. */
export async function logitsOfPixels(vit: VisionTransformer, pixels: Float32Array): Promise<Float32Array> {
  const { channels, inputHeight, inputWidth } = vit.config;
  using logits = tidy(vit.backend, () => vit.forward(tensor(vit.backend, pixels, [1, channels, inputHeight, inputWidth])));
  return await logits.data();
}

/** The input of a view, with the values of some patches replaced. */
export function pixelsWith(view: View, patches: readonly number[], replacement: (channel: number, at: number) => number): Float32Array {
  const { inputHeight, inputWidth, patchHeight, patchWidth } = view.vit.config;
  return view.pixels.map((value, i) => {
    const [channel, y, x] = [Math.floor(i / (inputHeight * inputWidth)), Math.floor(i / inputWidth) % inputHeight, i % inputWidth];
    const patch = Math.floor(y / patchHeight) * view.grid[1] + Math.floor(x / patchWidth);
    return patches.includes(patch) ? replacement(channel, i) : value;
  });
}

/** The logits when the tokens of some patches are left out of the embedded sequence. */
export async function logitsWithoutTokens(view: View, patches: readonly number[]): Promise<Float32Array> {
  const { vit } = view;
  const { channels, inputHeight, inputWidth, prefixTokens, depth } = vit.config;
  using logits = tidy(vit.backend, () => {
    const embedded = vit.embed(tensor(vit.backend, view.pixels, [1, channels, inputHeight, inputWidth]));
    const kept: Tensor[] = [];
    for (let i = 0; i < (embedded.shape[1] ?? 0); i++) if (!patches.includes(i - prefixTokens)) kept.push(slice(embedded, 1, i, i + 1));
    let stream = concat(kept, 1);
    for (let i = 0; i < depth; i++) stream = vit.block(i).run(stream);
    return vit.classify(vit.latent(stream));
  });
  return await logits.data();
}

/** An arbitrary map, with scores from −0.5 to 0.5 that depend on the seed. */
export function arbitraryMap(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((Math.sin((i + 1) * (seed + 12.9898)) * 43758.5453) % 1) / 2);
}
