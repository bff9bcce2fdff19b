/** What the build makes of `@cdam/web`: one file that needs no other, its integrity line, and a manifest that says what the element is. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CdamMap } from '../../packages/web/src/index.ts';
import { ElementTabs, explained, PHOTO } from '../browser/element-tab.ts';
import { requireBuild } from '../support/build.ts';
import { blocksOf } from '../support/markdown.ts';

requireBuild();

const folder = join(import.meta.dirname, '../../packages/web');

/** The parts of the manifest that are compared. */
interface Declaration {
  readonly attributes: readonly { readonly name: string; readonly fieldName: string; readonly description: string }[];
  readonly events: readonly { readonly name: string }[];
  readonly slots: readonly { readonly name: string }[];
  readonly cssParts: readonly { readonly name: string }[];
  readonly cssProperties: readonly { readonly name: string }[];
  readonly cssStates: readonly { readonly name: string }[];
  readonly members: readonly { readonly kind: string; readonly name: string; readonly description: string }[];
}

let tabs: ElementTabs;
let script: string;
let readme: string;
let manifest: Declaration;
beforeAll(async () => {
  [script, readme] = (await Promise.all(['dist/cdam-map.min.js', 'README.md'].map((name) => readFile(join(folder, name), 'utf8')))) as [
    string,
    string,
  ];
  manifest = JSON.parse(await readFile(join(folder, 'dist/custom-elements.json'), 'utf8')).modules[0].declarations[0];
  tabs = await ElementTabs.open(Buffer.from(script));
});
afterAll(() => tabs.close());

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name).toSorted();

test('the file for a CDN imports nothing, and the README has its integrity', async () => {
  const { metafile } = await build({
    entryPoints: [join(folder, 'dist/cdam-map.min.js')],
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    logLevel: 'silent',
  });
  expect(Object.values(metafile.inputs).map(({ imports }) => imports)).toEqual([[]]);
  const integrity = `sha384-${createHash('sha384').update(script).digest('base64')}`;
  expect(readme, 'run `npm run build` and commit packages/web/README.md').toContain(`integrity="${integrity}"`);
});

test('the lines of the README that a page needs work as they stand, and so does the integrity', async () => {
  const [lines = '', cdn = ''] = blocksOf(readme, 'html');
  const integrity = /integrity="[^"]+"/.exec(cdn)?.[0] ?? 'integrity="none"';
  const body = lines
    .replace('src="cdam-map.min.js"', `src="/element.js?again" ${integrity}`)
    .replace('coffee.basis.safetensors', 'whole.safetensors')
    .replace('target="espresso" against="cup"', 'target="zebra" against="horse"');
  expect(body).toContain('again');
  await tabs.show(body, async (tab) => {
    expect(await explained(tab)).toBeUndefined();
    expect(await tab.locator('[part=caption]').textContent()).toContain('zebra rather than horse');
  });
});

test('the manifest says what the element is', async () => {
  expect(names(manifest.slots)).toEqual(['', 'caption']);
  for (const { description } of [...manifest.attributes, ...manifest.members]) expect(description).toMatch(/\.$/);
  const events = `window.seen = []; const send = EventTarget.prototype.dispatchEvent;
    EventTarget.prototype.dispatchEvent = function (event) { if (this.localName === 'cdam-map') window.seen.push(event.type); return send.call(this, event); };`;
  const body = `<cdam-map ${PHOTO} basis="/slow/whole.safetensors" controls></cdam-map>`;
  await tabs.show(
    body,
    async (tab) => {
      const parts = new Set<string>();
      const states = new Set<string>();
      const look = async (): Promise<void> => {
        const found = await tab.locator('cdam-map').evaluate((element: CdamMap, all) => {
          const seen = Array.from(element.shadowRoot?.querySelectorAll('[part]') ?? [], (each) => each.getAttribute('part') ?? '');
          return { seen, now: all.filter((state) => element.matches(`:state(${state})`)) };
        }, names(manifest.cssStates));
        for (const part of found.seen) parts.add(part);
        for (const state of found.now) states.add(state);
      };
      await tab.locator('cdam-map:state(loading)').waitFor();
      await look();
      tabs.server.release();
      await explained(tab);
      await tab.locator('[role=gridcell]').nth(5).click();
      await tab.locator('[part=class]').first().click();
      await look();
      await tab.locator('cdam-map').evaluate((element: CdamMap) => Object.assign(element, { target: 'no such class' }));
      await explained(tab);
      await look();
      await tab.locator('cdam-map').evaluate((element: CdamMap) => Object.assign(element, { basis: null }));
      await explained(tab);
      await look();
      expect([...parts].toSorted()).toEqual(names(manifest.cssParts));
      expect([...states].toSorted()).toEqual(names(manifest.cssStates));
      expect(await tab.evaluate(() => [...new Set((window as unknown as { seen: string[] }).seen)].sort())).toEqual(names(manifest.events));
      const { attributes, members } = await tab.locator('cdam-map').evaluate((element: CdamMap) => {
        const own = Object.getPrototypeOf(element);
        const described = [own, Object.getPrototypeOf(own)].flatMap((each) => Object.getOwnPropertyNames(each));
        const { observedAttributes } = element.constructor as typeof CdamMap;
        return { attributes: [...observedAttributes].sort(), members: described.sort() };
      });
      expect(names(manifest.attributes)).toEqual(attributes);
      const ours = members.filter((name) => !/Callback$|^constructor$|^upgradeProperties$/.test(name));
      expect(names(manifest.members)).toEqual(ours);
    },
    { script: events },
  );
});

test('the styles read the custom properties that the manifest lists', () => {
  const read = new Set(Array.from(script.matchAll(/--cdam-[a-z-]+/g), ([name]) => name));
  expect([...read].toSorted()).toEqual(names(manifest.cssProperties));
});
