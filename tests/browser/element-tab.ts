/** A browser and a server for the tests of `<cdam-map>`, with what all of them ask of a page. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { CdamMap } from '../../packages/web/src/index.ts';
import { type ElementServer, serveElement } from './element-page.ts';
import { openBrowser } from './launch.ts';

/** The attributes of a photo. */
export const PHOTO = 'src="/coffee.png" alt="A cup of coffee"';
/** An element that shows everything. */
export const WHOLE: string = `<cdam-map ${PHOTO} basis="/whole.safetensors" controls></cdam-map>`;

/** How a page is opened. */
export interface OpenOptions extends BrowserContextOptions {
  /** True where the browser itself notes something in the console, such as an answer of 404. */
  readonly noisy?: boolean;
  /** A script that runs before the element is defined. */
  readonly script?: string;
}

/** A browser, and a server for its pages. */
export class ElementTabs {
  readonly server: ElementServer;
  readonly #browser: Browser;

  constructor(server: ElementServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  /** @param element the script that defines the element; by default that of the sources */
  static async open(element?: Uint8Array): Promise<ElementTabs> {
    const [server, browser] = await Promise.all([serveElement(element), openBrowser()]);
    return new ElementTabs(server, browser);
  }

  async close(): Promise<void> {
    this.server.close();
    await this.#browser.close();
  }

  /** Opens a page with this in its body, and fails when the page says anything, or asks anybody but its server for anything. */
  async show(body: string, use: (tab: Page) => Promise<void>, { noisy = false, script, ...options }: OpenOptions = {}): Promise<void> {
    const context = await this.#browser.newContext(options);
    const tab = await context.newPage();
    const said: string[] = [];
    tab.on('console', (message) => {
      if (!noisy) said.push(message.text());
    });
    tab.on('pageerror', ({ message }) => said.push(message));
    tab.on('request', (request) => {
      if (!request.url().startsWith(this.server.origin)) said.push(`a request to ${request.url()}`);
    });
    await tab.goto(this.server.page(body, script));
    await use(tab);
    await context.close();
    expect(said).toEqual([]);
  }
}

/** Waits for the map. @returns how it failed, if it did */
export function explained(tab: Page): Promise<string | undefined> {
  return tab.locator('cdam-map').evaluate((element: CdamMap) =>
    element.explain().then(
      () => undefined,
      (error) => `${error.code}: ${error.message}`,
    ),
  );
}

/** Sets properties. @returns the scores that the element shows once it has answered */
export function scoresOf(tab: Page, properties: Readonly<Record<string, string | null>>): Promise<number[]> {
  return tab.locator('cdam-map').evaluate(async (element: CdamMap, values) => {
    Object.assign(element, values);
    await element.explain();
    return Array.from(element.scores()?.scores ?? []);
  }, properties);
}
