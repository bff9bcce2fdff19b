/**
 * Hosts that are pages in Chromium (see scripts/webgpu-driver.mjs), each in its own browser. The pages have the headers of cross-origin
 * isolation, without which WebAssembly has no threads, and they can reach only this server.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import { chromium } from '../../../scripts/webgpu-driver.mjs';
import type { Contender } from '../contenders.ts';
import { Host } from './host.ts';

const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
];

/** On a machine with a GPU the browser chooses the adapter. */
const flagsOfSystem = [
  ...flags.filter((flag) => !flag.startsWith('--use-webgpu-adapter')),
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
];

const page =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/bench/page-host.js"></script>';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** The server of the pages. */
export interface Pages {
  start(contender: Contender): Promise<Host>;
  close(): void;
}

/** Starts the server. @param folders the folders to serve, by the first part of the path: `bench`, `model`, `onnxruntime`, `tfjs` */
export async function servePages(folders: Readonly<Record<string, string>>, onSystemGpu: boolean): Promise<Pages> {
  const server = await serve(folders);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('bench: the server of the pages has no port');
  const url = `http://localhost:${address.port}/`;
  return {
    start: (contender) => startPage(url, contender, onSystemGpu),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function startPage(url: string, contender: Contender, onSystemGpu: boolean): Promise<Host> {
  const { executable, environment } = await chromium();
  // When the program is interrupted, it ends at once, and Chromium ends because its pipe closes. Playwright need not handle the signals.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  const args = onSystemGpu ? flagsOfSystem : flags;
  const browser = await playwright.launch({ executablePath: executable, env: environment, args, ...signals });
  const tab = await browser.newPage();
  await tab.goto(url, { waitUntil: 'load' });
  await tab.evaluate((chosen) => window.openSession(chosen), contender);
  return new Host(
    (request) => tab.evaluate((what) => window.handle(what), request),
    () => browser.close(),
  );
}

async function serve(folders: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin').setHeader('cross-origin-embedder-policy', 'require-corp');
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(page);
      return;
    }
    const [, first = '', ...rest] = path.split('/');
    const folder = folders[first];
    const file = folder === undefined ? '' : join(folder, ...rest);
    if (folder === undefined || !file.startsWith(folder) || !existsSync(file)) {
      response.writeHead(404).end(`no such file: ${path}`);
      return;
    }
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}
