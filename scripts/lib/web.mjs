/**
 * What the build makes of `@cdam/web` beside its modules. The manifest (custom-elements.json, schema 2.1.0) is read off the sources, where tags in the
 * comment of the element's class name attributes, events, slots, parts and properties; a test holds it against the element in a browser.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('../../packages/web', import.meta.url));
const readme = join(folder, 'README.md');

/** How a page that takes the file from elsewhere says which file it means. */
const INTEGRITY = /sha384-[A-Za-z0-9+/=]{64}/;

/**
 * Everything in one module that imports nothing: a page's `integrity` covers a file and not what that imports.
 * @returns {Promise<{ bytes: number, integrity: string }>}
 */
export async function writeCdnFile() {
  const outfile = join(folder, 'dist/cdam-map.min.js');
  await build({
    entryPoints: [join(folder, 'dist/define.js')],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const content = await readFile(outfile);
  return { bytes: content.length, integrity: `sha384-${createHash('sha384').update(content).digest('base64')}` };
}

/**
 * Writes the integrity of the file into the README, where it is another one.
 * @param {string} integrity
 * @returns {Promise<boolean>} whether the README changed
 */
export async function writeIntegrity(integrity) {
  const text = await readFile(readme, 'utf8');
  const found = INTEGRITY.exec(text)?.[0];
  if (found === undefined) throw new Error('packages/web/README.md has no integrity line; give it one with 64 letters behind sha384-');
  if (found === integrity) return false;
  // Where nobody would commit it, an old line is a failure.
  if (process.env.CI) throw new Error(`the integrity line of packages/web/README.md is of another file; it must be ${integrity}`);
  await writeFile(readme, text.replace(INTEGRITY, integrity));
  return true;
}

/** @typedef {{ name?: string, type?: { text: string }, description: string }} Described */

/**
 * The lines of a tag: `@attr {type} name - What it is.`
 * @param {string} comment @param {string} tag
 * @returns {Described[]}
 */
function tagged(comment, tag) {
  const lines = comment.matchAll(new RegExp(`@${tag} (?:\\{([^}]+)\\} )?(\\S+)? ?- (.+)`, 'g'));
  return Array.from(lines, ([, type, name = '', description = '']) => ({
    ...(name && { name }),
    ...(type && { type: { text: type.replaceAll('|', ' | ') } }),
    description,
  }));
}

/**
 * Properties and methods: what has a comment, and is neither internal nor private.
 * @param {string} source of a class
 */
function members(source) {
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(?:(get) (\w+)\(\): (.+) \{|(?:async )?(\w+)\(.*\): (.+) \{)/g);
  return Array.from(found, ([, comment = '', get, property, type, method, result]) => {
    if (comment.includes('@internal')) return [];
    const description = comment
      .replaceAll(/\s*\n\s*\* ?/g, ' ')
      .replace(/@[\s\S]*$/, '')
      .trim();
    if (get) return [{ kind: 'field', name: property, type: { text: type }, description }];
    return [{ kind: 'method', name: method, return: { type: { text: result } }, description }];
  }).flat();
}

/** Writes dist/custom-elements.json. */
export async function writeManifest() {
  const [element = '', properties = ''] = await Promise.all(
    ['cdam-map.ts', 'reflecting-element.ts'].map((name) => readFile(join(folder, 'src', name), 'utf8')),
  );
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport class CdamMap /.exec(element)?.[1] ?? '';
  const states = tagged(comment, 'cssState');
  const declaration = {
    kind: 'class',
    customElement: true,
    name: 'CdamMap',
    tagName: 'cdam-map',
    description: comment
      .split('@attr')[0]
      ?.replaceAll(/\s*\*\s*/g, ' ')
      .trim(),
    superclass: { name: 'HTMLElement' },
    attributes: tagged(comment, 'attr').map((attribute) => ({ ...attribute, fieldName: attribute.name })),
    events: tagged(comment, 'fires'),
    slots: tagged(comment, 'slot').map((slot) => ({ name: '', ...slot })),
    cssParts: tagged(comment, 'csspart'),
    cssProperties: tagged(comment, 'cssprop'),
    cssStates: states,
    members: [...members(properties), ...members(element)],
  };
  const reference = { name: 'CdamMap', module: 'dist/index.js' };
  const manifest = {
    schemaVersion: '2.1.0',
    modules: [
      {
        kind: 'javascript-module',
        path: 'dist/index.js',
        declarations: [declaration],
        exports: [{ kind: 'js', name: 'CdamMap', declaration: reference }],
      },
      {
        kind: 'javascript-module',
        path: 'dist/define.js',
        exports: [{ kind: 'custom-element-definition', name: 'cdam-map', declaration: reference }],
      },
    ],
  };
  await writeFile(join(folder, 'dist/custom-elements.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
