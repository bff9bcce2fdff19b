/**
 * What the benchmarks say of themselves. It is read before anything is installed, so that a wrong command line costs nothing, and again
 * by the benchmark itself.
 */
const rounds = /** @type {const} */ ({ type: 'string', value: 'n', help: 'how many times everyone takes a turn' });

export const programs = /** @type {const} */ ({
  main: {
    command: 'npm run bench --',
    summary: 'Measures us and our peers side by side, in one run, and writes tables and JSON to bench/results.',
    options: {
      parts: { type: 'string', value: 'names', default: 'products,forward,cdam,ledger', help: 'what is measured' },
      only: {
        type: 'string',
        value: 'prefixes',
        default: '',
        help: 'contenders whose label begins so, such as cdam:wasm; all where empty',
      },
      rounds: { ...rounds, default: '7' },
      model: {
        type: 'string',
        value: 'folder',
        help: 'DeiT-Ti with model.onnx; ../shared/models/deit-tiny beside the checkout unless given',
      },
      python: { type: 'string', value: 'path', help: 'the interpreter that has PyTorch' },
      blas: { type: 'string', value: 'folder', help: 'a second PyTorch, with the BLAS of this folder' },
      out: { type: 'string', value: 'name', default: '', help: 'of the files in bench/results; date and driver where empty' },
    },
    examples: ['npm run bench -- --parts forward,cdam --only cdam:wasm,onnxruntime-web:wasm --rounds 15'],
  },
  scaling: {
    command: 'npm run bench:scaling --',
    summary:
      'Measures how time and memory grow with tokens, depth, width, classes and images in a batch; docs/scaling.md explains the curves.',
    options: {
      backend: { type: 'string', value: 'name', default: 'wasm', choices: ['wasm', 'webgpu', 'reference'], help: 'what computes' },
      threads: { type: 'string', value: 'n', default: '1', help: 'of WebAssembly' },
      series: { type: 'string', value: 'names', default: 'tokens,depth,width,classes,batch', help: 'what grows' },
      rounds: { ...rounds, default: '3' },
      out: { type: 'string', value: 'name', default: '', help: 'of the files in bench/results; date and backend where empty' },
    },
    examples: ['npm run bench:scaling -- --backend webgpu --series tokens'],
  },
  portable: {
    command: 'npm run bench:portable',
    summary: 'Packs bench/dist/cdam-bench.tar.gz, the benchmark for a machine with a GPU and nothing else.',
    examples: ['npm run bench:portable'],
  },
});
