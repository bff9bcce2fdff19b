/**
 * Makes the file that a page embeds: the basis of a photo, of a few classes only.
 *
 *     node make-basis.js photo.png path/to/model photo.basis.safetensors espresso cup plate
 */
import { writeFile } from 'node:fs/promises';
import { openWasm } from '@cdam/kernels/wasm/node';
import { findClass } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { basisOf, look, ofClasses, saveBasis } from 'cdam';
import sharp from 'sharp';

const [photo, model, output, ...names] = process.argv.slice(2);
if (names.length === 0) throw new Error('give a photo, the folder of a model, a file to write, and the classes');

const vit = await loadVit(model, { backend: await openWasm() });
const { data, info } = await sharp(photo).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
const view = look(vit, { width: info.width, height: info.height, channels: 3, data }, { keep: 'traces' });
const basis = await basisOf(view, 'ledger');

const classes = names.map((name) => findClass(vit.config, name));
const bytes = saveBasis(ofClasses(basis, classes));
await writeFile(output, bytes);
console.log(`${output}: ${bytes.length} bytes, ${names.length} classes and the rest of ${vit.config.classes}`);
