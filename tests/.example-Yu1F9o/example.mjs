import { openWasm } from '@cdam/kernels/wasm/node';
import { loadVit } from '@cdam/vit/node';
import { explain, look, resolveTargets } from 'cdam';
import sharp from 'sharp';

const vit = await loadVit('models/bundled', { backend: await openWasm() });
const { data, info } = await sharp('models/bundled/example.png').removeAlpha().raw().toBuffer({ resolveWithObject: true });
const view = look(vit, { ...info, data }); // the backbone runs once
const targets = await resolveTargets(view, ['Bag', 'Trouser']);
const maps = await explain(view, 'smooth-cdam', targets, { samples: 20, seed: 1 });
const strongest = maps.map(({ scores }) => scores.indexOf(Math.max(...scores))); // patches are counted row by row
console.log(maps.map(({ target }) => target.label), strongest); // [ 'Bag', 'Trouser' ] [ 45, 30 ]
