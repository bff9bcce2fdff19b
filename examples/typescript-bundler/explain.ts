/** Explains what is on a canvas, in types: a page's program for a bundler. */
import { openWebGpu, type WebGpuBackend } from '@cdam/kernels';
import { openWasm, type WasmBackend } from '@cdam/kernels/wasm';
import { loadVit, type Picture, type VisionTransformer } from '@cdam/vit';
import { cdam, look, overlay, type Prediction, type RgbaImage, type TokenMap } from 'cdam';

/** A class that the model sees, and what speaks for it and against it. */
export interface Explanation {
  readonly prediction: Prediction;
  readonly map: TokenMap;
  readonly drawn: RgbaImage;
}

export async function openBackend(): Promise<WebGpuBackend | WasmBackend> {
  return openWebGpu().catch(() => openWasm());
}

export async function load(folder: string): Promise<VisionTransformer> {
  const [weights, config] = await Promise.all([fetch(`${folder}/model.safetensors`), fetch(`${folder}/config.json`)]);
  return loadVit({ weights: new Uint8Array(await weights.arrayBuffer()), config: await config.json() }, { backend: await openBackend() });
}

/** The best classes of a picture, the best first. */
export async function explain(vit: VisionTransformer, canvas: HTMLCanvasElement, count: number): Promise<readonly Explanation[]> {
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
  if (pixels === undefined) throw new Error('the canvas has no pixels');
  const picture: Picture = { width: pixels.width, height: pixels.height, channels: 4, data: new Uint8Array(pixels.data) };
  using view = look(vit, picture);
  const explanations: Explanation[] = [];
  for (const prediction of await view.predictions(count)) {
    const map = await cdam(view, prediction.index, { from: 'probability' });
    explanations.push({ prediction, map, drawn: overlay(picture, map, { opacity: 0.7 }) });
  }
  return explanations;
}
