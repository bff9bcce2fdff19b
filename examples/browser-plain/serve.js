/**
 * Serves this folder, and the bundled model as `model/`, on localhost: `node serve.js [port]`. Any server does that sends modules as
 * text/javascript. The two headers let WebAssembly use threads.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.png': 'image/png' };
const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const model = join(import.meta.dirname, '../../models/bundled');

/** A path of the address as a file; `..` does not lead out of the folders. */
function fileOf(path) {
  const inside = normalize(`/${decodeURIComponent(path)}`);
  if (path.startsWith('/model/')) return join(model, inside.slice('/model'.length));
  return join(import.meta.dirname, path === '/' ? 'index.html' : inside);
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  try {
    const content = await readFile(fileOf(pathname));
    response
      .writeHead(200, { ...isolation, 'content-type': types[extname(pathname) || '.html'] ?? 'application/octet-stream' })
      .end(content);
  } catch {
    response.writeHead(404).end(`there is no ${pathname}`);
  }
});
server.listen(Number(process.argv[2] ?? 8000), 'localhost', () => console.log(`http://localhost:${server.address().port}/`));
