/** Explains a picture on the visitor's machine, and nowhere else: with WebGPU, or with WebAssembly where there is none. */
import { openWebGpu } from '@cdam/kernels';
import { openWasm } from '@cdam/kernels/wasm';
import { loadVit } from '@cdam/vit';
import { cdam, look, overlay } from 'cdam';
import config from '../../models/bundled/config.json';
import exampleUrl from '../../models/bundled/example.png';
import weightsUrl from '../../models/bundled/model.safetensors?url';

const canvas = document.querySelector('canvas');
const status = document.querySelector('#status');
const classes = document.querySelector('#classes');
const wanted = new URLSearchParams(location.search).get('backend');

async function openBackend() {
  if (wanted === 'wasm') return openWasm();
  return openWebGpu().catch(() => openWasm());
}

async function decode(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { width, height, channels: 4, data: new Uint8Array(data) };
}

function draw({ width, height, data }) {
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}

/** Looks at a picture once, and draws the map of whichever class is asked for. */
async function explain(vit, picture) {
  const view = look(vit, picture);
  const show = async ({ index, label, probability }) => {
    draw(overlay(picture, await cdam(view, index)));
    status.textContent = `${label} (${probability.toFixed(3)}), on ${vit.backend.name}: ${vit.backend.adapter}`;
  };
  const predictions = await view.predictions(4);
  const buttons = predictions.map((prediction) => {
    const button = document.createElement('button');
    button.textContent = prediction.label;
    button.onclick = () => show(prediction);
    return button;
  });
  classes.replaceChildren(...buttons);
  await show(predictions[0]);
  return view;
}

const weights = new Uint8Array(await (await fetch(weightsUrl)).arrayBuffer());
const vit = await loadVit({ weights, config }, { backend: await openBackend() });
let view = await explain(vit, await decode(await (await fetch(exampleUrl)).blob()));
document.querySelector('input').onchange = async ({ target }) => {
  view.dispose();
  view = await explain(vit, await decode(target.files[0]));
};
