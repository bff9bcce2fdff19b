/**
 * Runs a module of the repository in a real browser: the headless Chromium of scripts/webgpu-driver.mjs, which has its own SwiftShader.
 * The module and its imports are one bundle, which is served from localhost, since a page has WebGPU only in a secure context. The page can
 * reach nothing else.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type BuildOptions, build } from 'esbuild';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { chromium } from '../../scripts/webgpu-driver.mjs';

/** Values that cross between the tests and the page. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The exports of a module for the browser. */
export interface BrowserModule {
  run(argument: Json): Promise<Json>;
}

/** How to run a module. */
export interface BrowserOptions {
  /** Files that the module may `fetch`, by their paths on the server: `{ '/model/config.json': '<path on disk>' }`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Worker scripts beside the bundle, by their paths on the server: `{ '/worker.js': '<path of a TypeScript module>' }`. */
  readonly workers?: Readonly<Record<string, string>>;
  /** True for a cross-origin isolated page, with which workers may share memory. */
  readonly isolated?: boolean;
  /** Milliseconds after which the browser is closed and the call fails; ten minutes by default. */
  readonly timeout?: number;
}

const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  // A Mac's browser has the GPU of the Mac.
  ...(process.platform === 'darwin' ? [] : ['--use-webgpu-adapter=swiftshader']),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
];

const page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/bundle.js"></script>';

/**
 * Bundles a module and calls its `run(argument)` in a page.
 *
 * @param entryFile path of a TypeScript module that exports {@link BrowserModule.run}
 * @returns the result of `run`, which is passed as JSON: a Float32Array has to be made an array
 * @throws Error when the module cannot be bundled, throws, or does not end in time; its message has the messages of the page
 */
export async function runInBrowser(entryFile: string, argument: Json = null, options: BrowserOptions = {}): Promise<Json> {
  const { files = {}, workers = {}, isolated = false, timeout = 600_000 } = options;
  const scripts = new Map([['/bundle.js', await bundle({ stdin: { contents: moduleOf(entryFile), resolveDir: import.meta.dirname } })]]);
  for (const [path, file] of Object.entries(workers)) scripts.set(path, await bundle({ entryPoints: [file] }));
  const server = await serve(scripts, files, isolated);
  try {
    return await runOnPage(`http://localhost:${portOf(server)}/`, argument, timeout);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function runOnPage(url: string, argument: Json, timeout: number): Promise<Json> {
  const text = await visit(url, (tab) => tab.evaluate(`window.runModule(${JSON.stringify(argument)})`), timeout);
  return JSON.parse(String(text));
}

/** Starts the browser, which can reach nothing but localhost. The caller closes it. */
export async function openBrowser(): Promise<Browser> {
  const { executable, environment } = await chromium();
  return await playwright.launch({ executablePath: executable, env: environment, args: flags });
}

/**
 * Opens a page in the browser, and closes the browser when `use` is done with it.
 *
 * @param timeout milliseconds after which the browser is closed and the call fails
 * @throws Error with the page's own messages when `use` fails or does not end in time
 */
export async function visit<T>(url: string, use: (tab: Page) => Promise<T>, timeout = 600_000): Promise<T> {
  const browser = await openBrowser();
  const messages: string[] = [];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void browser.close();
  }, timeout);
  try {
    const tab = await browser.newPage();
    tab.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
    tab.on('pageerror', (error) => messages.push(`error: ${error.message}`));
    await tab.goto(url, { waitUntil: 'load' });
    return await use(tab);
  } catch (cause) {
    const reason = late ? `did not end within ${timeout} ms` : cause instanceof Error ? cause.message : String(cause);
    throw new Error([`browser: ${reason}`, ...messages].join('\n  '), { cause });
  } finally {
    clearTimeout(timer);
    await browser.close();
  }
}

function moduleOf(entryFile: string): string {
  return `import { run } from ${JSON.stringify(entryFile)};
    window.runModule = async (argument) => JSON.stringify((await run(argument)) ?? null);`;
}

/** A module and its imports as one script for a page. */
export async function bundle(what: Pick<BuildOptions, 'stdin' | 'entryPoints'>): Promise<Uint8Array> {
  const result = await build({
    ...what,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    loader: { '.wgsl': 'text' },
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  const [output] = result.outputFiles;
  if (!output) throw new Error(`browser: esbuild made nothing of ${JSON.stringify(what)}`);
  return output.contents;
}

async function serve(
  scripts: ReadonlyMap<string, Uint8Array>,
  files: Readonly<Record<string, string>>,
  isolated: boolean,
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const [file, script] = [files[path], scripts.get(path)];
    if (isolated) response.setHeader('cross-origin-opener-policy', 'same-origin').setHeader('cross-origin-embedder-policy', 'require-corp');
    if (path === '/') response.setHeader('content-type', 'text/html').end(page);
    else if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script);
    else if (file !== undefined) response.setHeader('content-type', 'application/octet-stream').end(await readFile(file));
    else response.writeHead(404).end(`no such file: ${path}`);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('browser: the test server has no port');
  return address.port;
}
