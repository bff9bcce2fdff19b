/**
 * Pages with `<cdam-map>` for the tests: a server with the strictest policy that a page can have, which writes down what was asked of it, and a basis
 * of a thousand classes made of seeded noise.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Random } from '@cdam/tensor';
import { type TensorToWrite, writeSafetensors } from '@cdam/vit';
import { goldenPath } from '../support/golden.ts';
import { bundle } from './launch.ts';

/** What a page needs that has the element, and nothing else. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";

/** Of the latent, of a side of the grid in patches, and of the classes. */
export const WIDTH = 192;
export const SIDE = 14;
export const CLASSES = 1000;

/** Labels as they might come from anybody. */
export const LABELS: readonly string[] = Array.from({ length: CLASSES }, (_, i) =>
  i === 3
    ? '<img src=x onerror=alert(1)>'
    : i === 10 || i === 11
      ? 'crane'
      : i === 7
        ? 'zebra'
        : i === 8
          ? 'horse, pony'
          : `class number ${i}`,
);

/** A basis file. @param rank of the file; undefined for a whole one */
export function makeBasisFile(rank?: number): Uint8Array {
  const random = new Random(11);
  const normals = (name: string, scale: number, ...shape: number[]): TensorToWrite => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * scale);
    return { name, dtype: 'F32', shape, data };
  };
  const patches = SIDE * SIDE;
  const maps =
    rank === undefined
      ? [normals('basis', 0.1, WIDTH, patches)]
      : [normals('basis.left', 0.3, WIDTH, rank), normals('basis.right', 0.3, rank, patches)];
  const tensors: TensorToWrite[] = [
    ...maps,
    { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(1) },
    normals('latent', 1, WIDTH),
    normals('head.weight', 0.2, CLASSES, WIDTH),
    normals('head.bias', 0.1, CLASSES),
  ];
  const framing = { fit: 'crop', resizeHeight: 248, resizeWidth: 248, cropRounding: 'round', inputHeight: 224, inputWidth: 224 };
  return writeSafetensors(tensors, {
    format: rank === undefined ? 'cdam-basis-1' : 'cdam-basis-2',
    method: 'ledger',
    model: 'noise',
    grid: JSON.stringify([SIDE, SIDE]),
    classes: JSON.stringify({ classes: CLASSES, multiLabel: false, regression: false, labels: LABELS }),
    framing: JSON.stringify(framing),
  });
}

/** A server with pages. */
export interface ElementServer {
  readonly origin: string;
  /** The paths that were asked for. */
  readonly asked: string[];
  /** Serves a page with this in its body. @returns its address */
  page(body: string, script?: string): string;
  /** Lets files under /slow/ be answered. */
  release(): void;
  close(): void;
}

/** @param element the script that defines the element */
export async function serveElement(element?: Uint8Array): Promise<ElementServer> {
  const photo = await readFile(goldenPath('images/coffee.png'));
  const files = new Map<string, Uint8Array | string>([
    ['/element.js', element ?? (await bundle({ entryPoints: [join(import.meta.dirname, '../../packages/web/src/define.ts')] }))],
    [
      '/style.css',
      ':root { color-scheme: light dark; background: Canvas; color: CanvasText } body { margin: 1rem; font: 1rem sans-serif }',
    ],
    ['/coffee.png', photo],
    ['/whole.safetensors', makeBasisFile()],
    ['/reduced.safetensors', makeBasisFile(24)],
    ['/cut.safetensors', makeBasisFile().subarray(0, 300_000)],
    ['/not-a-basis.safetensors', photo],
  ]);
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const content = files.get(path.replace('/slow', '').replace(/\?.*/, ''));
    const answer = (): void => {
      if (content === undefined) response.writeHead(404).end();
      else
        response
          .writeHead(200, { 'content-type': typeOf(path), 'content-security-policy': POLICY, 'content-length': Buffer.byteLength(content) })
          .end(content);
    };
    if (path.startsWith('/slow/')) waiting.push(answer);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${portOf(server)}`;
  return {
    origin,
    asked,
    page(body, script) {
      const path = `/page-${files.size}`;
      if (script !== undefined) files.set(`${path}.js`, script);
      files.set(path, pageOf(body, script === undefined ? [] : [`${path}.js`]));
      return `${origin}${path}`;
    },
    release: () => {
      for (const answer of waiting.splice(0)) answer();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function typeOf(address: string): string {
  const path = address.replace(/\?.*/, '');
  if (path.endsWith('.js')) return 'text/javascript';
  if (path.endsWith('.css')) return 'text/css';
  return path.endsWith('.png') ? 'image/png' : path.startsWith('/page') ? 'text/html' : 'application/octet-stream';
}

/** Scripts of a test run before the element is defined, as modules run in their order. */
function pageOf(body: string, scripts: readonly string[]): string {
  const modules = [...scripts, '/element.js'].map((path) => `<script type="module" src="${path}"></script>`).join('');
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title><link rel="stylesheet" href="/style.css">`;
  return `<!doctype html><html lang="en"><head>${head}${modules}</head><body><main><h1>A page</h1>${body}</main></body></html>`;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('element: the test server has no port');
  return address.port;
}
