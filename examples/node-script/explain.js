/**
 * Says what a model sees in a picture and where, and draws it:
 *
 *     node explain.js [picture] [PNG to write] [folder of the model]
 */
import { join } from 'node:path';
import { openWasm } from '@cdam/kernels/wasm/node';
import { loadVit } from '@cdam/vit/node';
import { cdam, look, overlay } from 'cdam';
import sharp from 'sharp';

const bundled = join(import.meta.dirname, '../../models/bundled');
const [picture = join(bundled, 'example.png'), output = 'explanation.png', model = bundled] = process.argv.slice(2);

const vit = await loadVit(model, { backend: await openWasm() });
const { data, info } = await sharp(picture).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
const photo = { width: info.width, height: info.height, channels: 3, data };

// The backbone runs once; every class after that costs next to nothing.
const view = look(vit, photo);
const predictions = await view.predictions(4);
for (const { index, label, probability } of predictions) {
  const { scores, grid } = await cdam(view, index);
  const strongest = scores.indexOf(Math.max(...scores));
  const [row, column] = [Math.floor(strongest / grid[1]), strongest % grid[1]];
  console.log(`${label}: ${probability.toFixed(3)}, seen most at row ${row + 1}, column ${column + 1} of ${grid.join(' × ')} patches`);
}

// Warm colours speak for the class, cold ones against it.
const drawn = overlay(photo, await cdam(view, predictions[0].index));
await sharp(drawn.data, { raw: { width: drawn.width, height: drawn.height, channels: 4 } }).toFile(output);
console.log(`${output} shows what speaks for ${predictions[0].label}`);
