/** What every page that explains pictures does, whatever it computes on: loads a model, looks at a picture, draws the map of a class. */
import type { Backend } from '@cdam/tensor';
import { loadVit, type Picture } from '@cdam/vit';
import { cdam, look, overlay } from 'cdam';

/** Draws the map of the class that the model finds best. */
export async function explain(backend: Backend, canvas: HTMLCanvasElement): Promise<void> {
  const weights = new Uint8Array(await (await fetch('model.safetensors')).arrayBuffer());
  const vit = await loadVit({ weights, config: await (await fetch('config.json')).json() }, { backend });
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
  if (pixels === undefined) return;
  const picture: Picture = { width: canvas.width, height: canvas.height, channels: 4, data: new Uint8Array(pixels.data) };
  const view = look(vit, picture);
  const [best] = await view.predictions(1);
  if (best === undefined) return;
  const { data, width, height } = overlay(picture, await cdam(view, best.index));
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}
