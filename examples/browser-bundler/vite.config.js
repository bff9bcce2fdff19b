/** WebAssembly uses threads where the page is cross-origin isolated, which these two headers make it. */
const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

export default {
  // The page works from any folder of a server.
  base: './',
  build: { target: 'es2022' },
  worker: { format: 'es' },
  server: { headers },
  preview: { headers },
};
