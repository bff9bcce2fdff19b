/** A whole explanation in the browser, as a page would make it: fetches a model, decodes a photo, explains classes with WebGPU. */
import { openWebGpu } from '@cdam/kernels';
import { loadVit, type Picture } from '@cdam/vit';
import { attentionMap, explain, look } from 'cdam';
import type { Json } from './launch.ts';

/**
 * Explains the photo.
 *
 * @param argument the indices of the classes to explain
 * @returns logits, the attention map and the maps of CDAM
 */
export async function run(argument: Json): Promise<Json> {
  if (!Array.isArray(argument)) throw new Error('explain: expects a list of class indices');
  const backend = await openWebGpu(navigator.gpu);
  const weights = new Uint8Array(await (await fetch('/model.safetensors')).arrayBuffer());
  const vit = await loadVit({ weights, config: await (await fetch('/config.json')).json() }, { backend });
  using view = look(vit, await decode('/photo.png'));
  const maps = await explain(view, 'cdam', argument.map(Number));
  const result = {
    backend: backend.name,
    logits: Array.from(await view.logits()),
    attention: Array.from((await attentionMap(view)).scores),
    maps: maps.map((map) => Array.from(map.scores)),
  };
  backend.dispose();
  return result;
}

/** The pixels as the file has them: neither colours nor transparency are converted. */
async function decode(url: string): Promise<Picture> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  if (context === null) throw new Error('explain: the browser has no canvas');
  context.drawImage(bitmap, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { width, height, channels: 4, data: new Uint8Array(data) };
}
