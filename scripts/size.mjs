/**
 * `npm run size`: measures what a page loads, from what the build made, and writes it to docs/size.md.
 */
import { writeFile } from 'node:fs/promises';
import { readArguments } from './lib/program.mjs';
import { measureSizes, sizePage } from './lib/size.mjs';

readArguments({
  command: 'npm run size',
  summary: 'Measures how much a page loads that uses the packages, minified and compressed, and writes docs/size.md.',
  examples: ['npm run size'],
});
const page = sizePage(await measureSizes());
await writeFile(new URL('../docs/size.md', import.meta.url), page);
console.log(page);
