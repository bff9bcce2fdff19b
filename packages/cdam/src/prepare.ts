/**
 * Prepares a model before the first picture arrives.
 */
import { tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { cdam } from './methods/cdam.ts';
import { look } from './view/view.ts';

/**
 * Explains an empty picture and discards the result. The kernels for predictions and CDAM are then compiled and the weights packed while
 * a person is still choosing a picture.
 */
export async function prepare(vit: VisionTransformer): Promise<void> {
  const { channels, inputHeight, inputWidth, classes } = vit.config;
  using view = look(vit, new Float32Array(channels * inputHeight * inputWidth));
  if (classes > 0) {
    await Promise.all([cdam.read(view, [0]), view.logits()]);
    return;
  }
  using latent = tidy(vit.backend, () => view.latent());
  await latent.data();
}
