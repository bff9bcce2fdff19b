/** The examples do what they say: the script in Node, the pages in a browser. (packages.test.ts checks those that are only types.) */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { visit } from '../browser/launch.ts';
import { requireBuild } from '../support/build.ts';

requireBuild();

const examples = join(import.meta.dirname, '../../examples');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdam-examples-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What example.png shows, each of which the bundled model finds. */
const SHOWN = ['Ankle boot', 'Bag', 'Shirt', 'Trouser'];

test('node-script finds what the picture shows, and draws a map in colours', async () => {
  const script = join(examples, 'node-script/explain.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
  const found = Array.from(stdout.matchAll(/^(.+): 0?1?\.\d{3}, seen most at row \d, column \d of 8 × 8 patches$/gm), ([, label]) => label);
  expect(found.toSorted()).toEqual(SHOWN);
  const { data, info } = await sharp(join(folder, 'explanation.png')).raw().toBuffer({ resolveWithObject: true });
  expect(colouredShare(data, info.channels)).toSatisfy(isAMap);
});

/** The share of pixels that are neither black, grey nor white. */
function colouredShare(data: ArrayLike<number>, channels: number): number {
  let coloured = 0;
  for (let i = 0; i < data.length; i += channels) if (Math.abs((data[i] ?? 0) - (data[i + 2] ?? 0)) > 30) coloured++;
  return coloured / (data.length / channels);
}

/** A map colours the patches that matter, and not all. */
const isAMap = (coloured: number): boolean => coloured > 0.02 && coloured < 0.9;

/** What a page says once it has explained its picture, and how much of its canvas is coloured. */
async function explanationOn(tab: Page): Promise<{ readonly status: string; readonly coloured: number }> {
  await tab.waitForFunction('/ on (webgpu|wasm): /.test(document.querySelector("#status").textContent)', undefined, { timeout: 120_000 });
  const status = (await tab.textContent('#status')) ?? '';
  const pixels = await tab.evaluate<number[]>(`(() => {
    const { width, height } = document.querySelector('canvas');
    return Array.from(document.querySelector('canvas').getContext('2d').getImageData(0, 0, width, height).data);
  })()`);
  return { status, coloured: colouredShare(pixels, 4) };
}

const explained = (backend: RegExp): object => ({
  status: expect.stringMatching(new RegExp(`^(${SHOWN.join('|')}) \\((1\\.000|0\\.9\\d\\d)\\), on ${backend.source}`)),
  coloured: expect.toSatisfy(isAMap),
});

describe('browser-bundler', () => {
  let server: PreviewServer;
  let url: string;
  beforeAll(async () => {
    const root = join(examples, 'browser-bundler');
    const outDir = join(folder, 'page');
    await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
    server = await preview({ root, logLevel: 'warn', build: { outDir }, preview: { port: 0, host: 'localhost' } });
    url = server.resolvedUrls?.local[0] ?? '';
  });
  afterAll(() => server.close());

  test('explains its picture on WebGPU, and draws another class when it is clicked', async () => {
    await visit(url, async (tab) => {
      const first = await explanationOn(tab);
      expect(first).toEqual(explained(/webgpu: \S/));
      expect((await tab.locator('button').allTextContents()).toSorted()).toEqual(SHOWN);
      await tab.locator('button').last().click();
      await tab.waitForFunction(`document.querySelector('#status').textContent !== ${JSON.stringify(first.status)}`);
      expect(await explanationOn(tab)).toEqual(explained(/webgpu: \S/));
    });
  });

  test('explains it on WebAssembly with threads', async () => {
    await visit(`${url}?backend=wasm`, async (tab) => {
      expect(await explanationOn(tab)).toEqual(explained(/wasm: .*threads/));
    });
  });
});

test('element explains the coffee in its classes, and the spoon speaks for a ladle', async () => {
  const root = join(examples, 'element');
  const outDir = join(folder, 'element');
  await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = await preview({ root, logLevel: 'warn', build: { outDir }, preview: { port: 0, host: 'localhost' } });
  await visit(server.resolvedUrls?.local[0] ?? '', async (tab) => {
    await tab.locator('cdam-map:state(explained)').waitFor();
    expect(await tab.locator('[part=caption]').textContent()).toMatch(/^espresso +81\.6 %/);
    const spoon = [8, 9, 10].flatMap((row) => [8, 9, 10].map((column) => 14 * row + column));
    await tab.evaluate(`document.querySelector('cdam-map').region = ${JSON.stringify(spoon)}`);
    expect(await tab.locator('[part=evidence] li').first().textContent()).toMatch(/^ladle\+/);
  });
  await server.close();
});

describe('browser-plain', () => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    server = spawn(process.execPath, [join(examples, 'browser-plain/serve.js'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    url = await new Promise((resolve) => server.stdout?.once('data', (line) => resolve(String(line).trim())));
  });
  afterAll(() => server.kill());

  test.each(['webgpu', 'wasm'])('explains its picture on %s', async (backend) => {
    await visit(`${url}?backend=${backend}`, async (tab) => {
      expect(await explanationOn(tab)).toEqual(explained(new RegExp(`${backend}: \\S`)));
    });
  });
});
