/** `<cdam-map>` in a real browser, under the strictest policy: its numbers are the library's, and what goes wrong is said in place. */
import { pairTarget, parseBasis } from 'cdam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CdamMap } from '../../packages/web/src/index.ts';
import { relativeError } from '../support/golden.ts';
import { CLASSES, LABELS, makeBasisFile, SIDE, WIDTH } from './element-page.ts';
import { ElementTabs, explained, PHOTO, scoresOf, WHOLE } from './element-tab.ts';

const basis = parseBasis(makeBasisFile());
let tabs: ElementTabs;
beforeAll(async () => {
  tabs = await ElementTabs.open();
});
afterAll(() => tabs.close());

describe('numbers', () => {
  test('are those of the library, of any class, against another, from whatever is explained', async () => {
    await tabs.show(WHOLE, async (tab) => {
      for (const from of ['logit', 'log-odds', 'probability'] as const) {
        const wanted = basis.map('zebra', from).scores;
        expect(relativeError(await scoresOf(tab, { target: 'zebra', against: null, from }), wanted)).toBeLessThan(1e-4);
        const pair = basis.map(pairTarget(basis.parts.classes, 7, 8), from).scores;
        expect(relativeError(await scoresOf(tab, { against: 'pony' }), pair)).toBeLessThan(1e-4);
      }
    });
  });

  test('are those of a file of reduced rank too, and the caption says that it is one', async () => {
    const reduced = parseBasis(makeBasisFile(24));
    await tabs.show(`<cdam-map ${PHOTO} basis="/reduced.safetensors"></cdam-map>`, async (tab) => {
      expect(relativeError(await scoresOf(tab, { target: '5' }), reduced.map(5).scores)).toBeLessThan(1e-4);
      expect(await tab.locator('[part=caption]').textContent()).toContain('file of rank 24');
    });
  });

  test('of a region are W·L·1_R, for a rectangle that the mouse drags', async () => {
    await tabs.show(WHOLE, async (tab) => {
      await explained(tab);
      const box = (await tab.locator('[role=grid]').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      const at = (row: number, column: number): [number, number] => [
        box.x + ((column + 0.5) * box.width) / SIDE,
        box.y + ((row + 0.5) * box.height) / SIDE,
      ];
      await tab.mouse.move(...at(2, 3));
      await tab.mouse.down();
      await tab.mouse.move(...at(4, 6));
      await tab.mouse.up();
      const { region, evidence } = await tab.locator('cdam-map').evaluate(async (element: CdamMap) => {
        return { region: element.region, evidence: await element.classesOf() };
      });
      expect(region).toEqual([2, 3, 4].flatMap((row) => [3, 4, 5, 6].map((column) => row * SIDE + column)));
      const { maps, head } = basis.parts;
      const sums = Array.from({ length: WIDTH }, (_, j) => region.reduce((sum, patch) => sum + (maps[j * SIDE * SIDE + patch] ?? 0), 0));
      const wanted = Array.from({ length: CLASSES }, (_, c) => sums.reduce((sum, x, j) => sum + x * (head?.weight[c * WIDTH + j] ?? 0), 0));
      const found = new Array<number>(CLASSES).fill(0);
      for (const { index, score } of [...evidence.for, ...evidence.against]) found[index] = score;
      expect(relativeError(found, wanted)).toBeLessThan(1e-4);
      const best = wanted.indexOf(Math.max(...wanted));
      expect(await tab.locator('[part=evidence] li').first().textContent()).toBe(`${LABELS[best]}+${wanted[best]?.toPrecision(3)}`);
    });
  });
});

describe('attributes, properties and events', () => {
  test('properties that were set before the definition are kept, and reflected', async () => {
    const before = `Object.assign(document.querySelector('cdam-map'), { target: 'zebra', opacity: 0.5, controls: true, region: [1, 2] });`;
    await tabs.show(
      `<cdam-map ${PHOTO} basis="/whole.safetensors" sharpen></cdam-map>`,
      async (tab) => {
        await explained(tab);
        const found = await tab.locator('cdam-map').evaluate(({ attributes, opacity, sharpen, clip, region, loading }: CdamMap) => {
          return [
            ['target', 'opacity', 'controls'].map((name) => attributes.getNamedItem(name)?.value),
            opacity,
            sharpen,
            clip,
            region,
            loading,
          ];
        });
        expect(found).toEqual([['zebra', '0.5', ''], 0.5, 2, 0.01, [1, 2], 'eager']);
        expect(await tab.locator('[part=evidence]').isVisible()).toBe(true);
      },
      { script: before },
    );
  });

  test('events say what happens, in its order', async () => {
    const script = `window.log = [];
      for (const name of ['load', 'progress', 'error', 'explain', 'targetchange', 'regionchange'])
        document.querySelector('cdam-map').addEventListener(name, (event) => window.log.push([name, event.bubbles, event.detail]));`;
    await tabs.show(
      WHOLE,
      async (tab) => {
        await explained(tab);
        await tab.locator('#from').selectOption('log-odds');
        await explained(tab);
        await tab.locator('[role=gridcell]').nth(20).click();
        await tab.locator('[part=button]').click();
        const log = await tab.evaluate(() => {
          const entries = (window as unknown as { log: [string, boolean, Record<string, unknown>][] }).log;
          return entries.map(
            ([name, bubbles, detail]) => [name, bubbles, name === 'progress' ? detail : Object.keys(detail ?? {})] as const,
          );
        });
        const length = makeBasisFile().length;
        expect(log.filter(([name]) => name === 'progress').at(-1)).toEqual([
          'progress',
          false,
          { phase: 'basis', loaded: length, total: length },
        ]);
        expect(log.filter(([name]) => name !== 'progress')).toEqual([
          ['load', false, []],
          ['explain', false, ['map', 'score']],
          ['targetchange', true, ['target', 'against', 'from']],
          ['explain', false, ['map', 'score']],
          ['regionchange', true, ['patches', 'classes']],
          ['regionchange', true, ['patches', 'classes']],
        ]);
      },
      { script },
    );
  });

  test('lazy loads when it comes near', async () => {
    const body = `<p id="far">far</p><cdam-map ${PHOTO} basis="/reduced.safetensors?lazy" loading="lazy"></cdam-map>`;
    const script = `document.querySelector('#far').style.height = '5000px';`;
    await tabs.show(
      body,
      async (tab) => {
        await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
        expect(tabs.server.asked.some((path) => path.includes('lazy'))).toBe(false);
        await tab.locator('cdam-map').scrollIntoViewIfNeeded();
        await expect.poll(() => tabs.server.asked.some((path) => path.includes('lazy'))).toBe(true);
      },
      { script },
    );
  });

  test('another photo or basis takes the place of one that is still on its way', async () => {
    await tabs.show(`<cdam-map ${PHOTO} basis="/slow/whole.safetensors"></cdam-map>`, async (tab) => {
      await tab.locator('cdam-map:state(loading)').waitFor();
      const scores = await scoresOf(tab, { basis: '/reduced.safetensors', target: '5' });
      tabs.server.release();
      expect(relativeError(scores, parseBasis(makeBasisFile(24)).map(5).scores)).toBeLessThan(1e-4);
    });
  });
});

describe('the picture', () => {
  test('has the map where the model looked: the centre of the photo, as preprocessing cuts it', async () => {
    await tabs.show(WHOLE, async (tab) => {
      await explained(tab);
      const [photo, grid] = await Promise.all(['[part=image]', '[role=grid]'].map((part) => tab.locator(part).boundingBox()));
      if (!photo || !grid) throw new Error('the photo or the grid is not seen');
      // coffee.png has 600 × 400 pixels; its shorter side becomes 248, of which 224 are seen.
      expect(grid.height / photo.height).toBeCloseTo(224 / 248, 3);
      expect(grid.width / photo.width).toBeCloseTo(224 / 372, 3);
      expect((grid.x - photo.x) / photo.width).toBeCloseTo((372 - 224) / 2 / 372, 3);
    });
  });

  test('is given as a file, in the resolution of the photo', async () => {
    await tabs.show(WHOLE, async (tab) => {
      const made = await tab.locator('cdam-map').evaluate(async (element: CdamMap) => {
        const blob = await element.toBlob();
        const { width, height } = await createImageBitmap(blob);
        return [blob.type, width, height];
      });
      expect(made).toEqual(['image/png', Math.round((600 * 224) / 372), Math.round((400 * 224) / 248)]);
    });
  });

  test('is seen without script, and once more where the definition has come', async () => {
    const body = `<cdam-map basis="/whole.safetensors"><img ${PHOTO}></cdam-map>`;
    await tabs.show(body, async (tab) => expect(await tab.locator('main img').isVisible()).toBe(true), {
      javaScriptEnabled: false,
    });
    await tabs.show(body, async (tab) => {
      await explained(tab);
      expect(await tab.locator('main > cdam-map > img').isVisible()).toBe(false);
      expect(await tab.locator('[part=image]').getAttribute('alt')).toBe('A cup of coffee');
    });
  });
});

describe('what goes wrong is said in place', () => {
  test.each([
    ['basis="/nowhere.safetensors"', 'network: The file /nowhere.safetensors could not be fetched: the server answers 404.'],
    ['basis="/not-a-basis.safetensors"', 'basis: safetensors: '],
    ['basis="/cut.safetensors"', 'basis: safetensors: the file is cut short'],
    ['basis="/whole.safetensors" target="zebre"', 'target: class: there is no class "zebre"; the nearest labels are "zebra"'],
    ['basis="/whole.safetensors" target="zebra" against="7"', 'target: a class against itself (7) has no map'],
    ['basis="/whole.safetensors" from="odds"', 'target: Nothing is explained from "odds"; from can be logit, log-odds, probability.'],
    ['basis="/whole.safetensors" opacity="much"', 'rendering: overlay: the opacity NaN is not between 0 and 1'],
  ])('%s', async (attributes, sentence) => {
    await tabs.show(
      `<cdam-map ${PHOTO} ${attributes}></cdam-map>`,
      async (tab) => {
        const found = await explained(tab);
        expect(found).toContain(sentence);
        expect(`${sentence.split(':')[0]}: ${await tab.locator('[part=error]').textContent()}`).toBe(found);
      },
      { noisy: true },
    );
  });

  test('a photo that is none, and an element without one', async () => {
    await tabs.show('<cdam-map src="/style.css" alt="" basis="/whole.safetensors"></cdam-map>', async (tab) => {
      expect(await explained(tab)).toBe('picture: The picture /style.css could not be read.');
    });
    await tabs.show('<cdam-map basis="/whole.safetensors"></cdam-map>', async (tab) => {
      expect(await explained(tab)).toContain('picture: There is no picture');
    });
  });

  test('it goes on when the visitor asks for another class, and labels are text and not markup', async () => {
    await tabs.show(`<cdam-map ${PHOTO} basis="/whole.safetensors" target="zebre" controls></cdam-map>`, async (tab) => {
      expect(await explained(tab)).toContain('target:');
      await tab.locator('#target').fill('onerror');
      await tab.keyboard.press('ArrowDown');
      await tab.keyboard.press('Enter');
      await explained(tab);
      await tab.locator('cdam-map:state(explained)').waitFor();
      expect(await tab.locator('[part=caption]').textContent()).toContain('<img src=x onerror=alert(1)>');
      expect(await tab.locator('[part=error]').isHidden()).toBe(true);
    });
  });
});
