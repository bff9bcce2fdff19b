/** `<cdam-map>` for everybody: by keyboard alone, and by the rules of accessibility in each of its states. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseBasis } from 'cdam';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CdamMap } from '../../packages/web/src/index.ts';
import { makeBasisFile, SIDE } from './element-page.ts';
import { ElementTabs, explained, type OpenOptions, PHOTO, WHOLE } from './element-tab.ts';

const basis = parseBasis(makeBasisFile());
let tabs: ElementTabs;
let axe: string;
beforeAll(async () => {
  tabs = await ElementTabs.open();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});
afterAll(() => tabs.close());

/** What the rules of accessibility find wrong. The policy forbids scripts in the page, not those of the driver. */
async function troubles(tab: Page): Promise<string[]> {
  await tab.evaluate(axe);
  return await tab.evaluate(async () => {
    const { violations } = await (
      window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe('by keyboard alone', () => {
  test('the map is walked, a region marked and unmarked, and a class chosen', async () => {
    await tabs.show(WHOLE, async (tab) => {
      await explained(tab);
      await tab.waitForFunction(() => document.querySelector('cdam-map')?.shadowRoot?.querySelector('[role=gridcell]')?.ariaLabel);
      const focused = (): Promise<string | null | undefined> =>
        tab.evaluate(() => document.querySelector('cdam-map')?.shadowRoot?.activeElement?.getAttribute('aria-label'));
      const region = (): Promise<readonly number[]> => tab.locator('cdam-map').evaluate((element: CdamMap) => element.region);
      const [best] = basis.predictions(1);
      const { scores } = basis.map(best?.index ?? 0);
      await tab.keyboard.press('Tab');
      expect(await focused()).toMatch(/^row 1, column 1: [+−]\d/);
      for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowDown']) await tab.keyboard.press(key);
      const score = scores[SIDE + 2] ?? 0;
      const said = `row 2, column 3: ${score < 0 ? '−' : '+'}${Math.abs(score).toPrecision(3)} for ${best?.label}`;
      expect([await focused(), await tab.locator('[part=readout]').textContent()]).toEqual([said, said]);
      await tab.keyboard.press('Shift+ArrowDown');
      await tab.keyboard.press('Shift+ArrowRight');
      expect(await region()).toEqual([SIDE + 2, SIDE + 3, 2 * SIDE + 2, 2 * SIDE + 3]);
      await tab.waitForFunction(() =>
        document.querySelector('cdam-map')?.shadowRoot?.querySelector('[role=status]')?.textContent?.startsWith('4 patches marked'),
      );
      await tab.keyboard.press('Escape');
      expect([await region(), await tab.locator('[part=evidence]').isHidden()]).toEqual([[], true]);
      await tab.keyboard.press('Control+End');
      expect(await focused()).toMatch(/^row 14, column 14:/);
      // One stop for the whole grid, and then the class.
      await tab.keyboard.press('Tab');
      await tab.keyboard.type('zeb');
      await tab.keyboard.press('ArrowDown');
      await tab.keyboard.press('Enter');
      await explained(tab);
      expect(await tab.locator('cdam-map').getAttribute('target')).toBe('zebra');
      expect(await tab.locator('[part=caption]').textContent()).toContain('zebra');
      expect(await tab.locator('#target').inputValue()).toBe('zebra');
    });
  });

  test('Escape takes back what was tried in the list of classes', async () => {
    await tabs.show(WHOLE, async (tab) => {
      await explained(tab);
      const before = await tab.locator('#target').inputValue();
      await tab.locator('#target').click();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await tab.keyboard.press(key);
      await explained(tab);
      expect(await tab.locator('[part=caption]').textContent()).not.toContain(before);
      await tab.keyboard.press('Escape');
      await explained(tab);
      expect([await tab.locator('#target').inputValue(), await tab.locator('cdam-map').getAttribute('target')]).toEqual([before, before]);
    });
  });

  test('a class that shares its name with another is asked for by its number', async () => {
    await tabs.show(WHOLE, async (tab) => {
      await explained(tab);
      await tab.locator('#target').fill('crane');
      await tab.keyboard.press('ArrowDown');
      await tab.keyboard.press('Enter');
      expect(await tab.locator('cdam-map').getAttribute('target')).toMatch(/^1[01]$/);
      expect(await explained(tab)).toBeUndefined();
    });
  });
});

describe('axe finds nothing', () => {
  test.each([
    { state: 'empty', body: `<cdam-map ${PHOTO} controls></cdam-map>` },
    { state: 'loading', body: `<cdam-map ${PHOTO} basis="/slow/whole.safetensors" controls></cdam-map>` },
    { state: 'explained', body: WHOLE },
    { state: 'explained', body: WHOLE, options: { colorScheme: 'dark' } },
    { state: 'explained', body: WHOLE, options: { viewport: { width: 390, height: 800 } } },
    { state: 'explained', body: WHOLE, options: { forcedColors: 'active', reducedMotion: 'reduce' } },
    { state: 'region', body: WHOLE },
    { state: 'region', body: WHOLE, options: { viewport: { width: 390, height: 800 } } },
    { state: 'list', body: WHOLE },
    { state: 'failed', body: `<cdam-map ${PHOTO} basis="/nowhere.safetensors" controls></cdam-map>` },
    { state: 'failed', body: `<cdam-map ${PHOTO} basis="/whole.safetensors" target="zebre" controls></cdam-map>` },
  ] satisfies { state: string; body: string; options?: OpenOptions }[])(
    'in the state $state, $options',
    async ({ state, body, options }) => {
      await tabs.show(
        body,
        async (tab) => {
          if (state !== 'loading') await explained(tab);
          if (state === 'region')
            await tab.locator('cdam-map').evaluate((element: CdamMap) => Object.assign(element, { region: [30, 31, 44, 45] }));
          if (state === 'list') await tab.locator('#against').click();
          const named = state === 'region' || state === 'list' ? 'explained' : state;
          await tab.locator(`cdam-map:state(${named})`).waitFor();
          expect(await troubles(tab)).toEqual([]);
          tabs.server.release();
        },
        // The browser itself notes an answer of 404.
        { ...options, noisy: state === 'failed' },
      );
    },
  );
});
