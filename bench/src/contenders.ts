/**
 * Who is measured: a library, what it computes on, and where it runs.
 */

/** Where a contender runs. */
export type Place = 'node' | 'chromium' | 'python';
/** Whose code it is. */
export type Library = 'cdam' | 'jax-js' | 'tfjs' | 'onnxruntime-web' | 'onnxruntime-node' | 'pytorch';

/** One of those who are measured. */
export interface Contender {
  /** For the command line: `cdam:webgpu:node`, `onnxruntime-web:wasm2:node`. */
  readonly id: string;
  readonly library: Library;
  readonly device: 'webgpu' | 'wasm' | 'cpu' | 'reference';
  readonly place: Place;
  /** Of the CPU; 1 where that says nothing. */
  readonly threads: number;
}

function contender(library: Library, device: Contender['device'], place: Place, threads = 1): Contender {
  const counted = device === 'wasm' || device === 'cpu' ? `${device}${threads}` : device;
  return { id: `${library}:${counted}:${place}`, library, device, place, threads };
}

/**
 * All of them. jax-js and tfjs take several threads in a page only (they start browser workers), and always as many as the machine
 * has; in Node they have one.
 */
export const contenders: readonly Contender[] = [
  contender('cdam', 'webgpu', 'node'),
  contender('onnxruntime-node', 'webgpu', 'node'),
  contender('jax-js', 'webgpu', 'node'),
  contender('tfjs', 'webgpu', 'node'),
  contender('cdam', 'webgpu', 'chromium'),
  contender('onnxruntime-web', 'webgpu', 'chromium'),
  contender('jax-js', 'webgpu', 'chromium'),
  contender('tfjs', 'webgpu', 'chromium'),
  contender('cdam', 'wasm', 'node', 1),
  contender('onnxruntime-web', 'wasm', 'node', 1),
  contender('jax-js', 'wasm', 'node', 1),
  contender('tfjs', 'wasm', 'node', 1),
  contender('onnxruntime-node', 'cpu', 'node', 1),
  contender('cdam', 'wasm', 'node', 2),
  contender('onnxruntime-web', 'wasm', 'node', 2),
  contender('cdam', 'wasm', 'chromium', 2),
  contender('onnxruntime-web', 'wasm', 'chromium', 2),
  contender('jax-js', 'wasm', 'chromium', 2),
  contender('tfjs', 'wasm', 'chromium', 2),
  contender('onnxruntime-node', 'cpu', 'node', 2),
  contender('cdam', 'reference', 'node'),
];

/** PyTorch on the CPU, with the number of threads at which it is fastest. */
export const pytorch: Contender = contender('pytorch', 'cpu', 'python', 0);

/** The same with another BLAS than the system's (`--blas`), which can make a difference of more than ten times. */
export const pytorchOtherBlas: Contender = { ...pytorch, id: 'pytorch:cpu0:python:blas' };

/** `onnxruntime-web, wasm, 2 threads, Chromium` */
export function labelOf({ id, library, device, threads, place }: Contender): string {
  const where = { node: 'Node', chromium: 'Chromium', python: 'Python' }[place];
  const counted = device === 'wasm' || (device === 'cpu' && threads > 0) ? [`${threads} thread${threads === 1 ? '' : 's'}`] : [];
  const other = id === pytorchOtherBlas.id ? ['other BLAS'] : [];
  return [library, device === 'webgpu' ? 'WebGPU' : device, ...counted, ...other, where].join(', ');
}

/** Of the table above, those whose id begins with one of `prefixes`; all of them when there is none. */
export function chosen(prefixes: readonly string[]): Contender[] {
  return contenders.filter(({ id }) => prefixes.length === 0 || prefixes.some((prefix) => id.startsWith(prefix)));
}
