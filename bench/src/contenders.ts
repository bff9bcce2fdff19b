/**
 * The contenders: libraries, each on a device and in an environment.
 */

/** The environment in which a contender runs. */
export type Place = 'node' | 'chromium' | 'python';
/** The library. */
export type Library = 'cdam' | 'jax-js' | 'tfjs' | 'onnxruntime-web' | 'onnxruntime-node' | 'pytorch';

/** A library on a device in an environment. */
export interface Contender {
  /** Its name on the command line: `cdam:webgpu:node`, `onnxruntime-web:wasm2:node`. */
  readonly id: string;
  readonly library: Library;
  readonly device: 'webgpu' | 'wasm' | 'cpu' | 'reference';
  readonly place: Place;
  /** Threads of the CPU; 1 for devices without a number of threads. */
  readonly threads: number;
}

function contender(library: Library, device: Contender['device'], place: Place, threads = 1): Contender {
  const counted = device === 'wasm' || device === 'cpu' ? `${device}${threads}` : device;
  return { id: `${library}:${counted}:${place}`, library, device, place, threads };
}

/**
 * All contenders. jax-js and TensorFlow.js have several threads only in a page, since they start browser workers; in Node they have one.
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

/** PyTorch with another BLAS than that of the system (`--blas`), which can be more than ten times as fast. */
export const pytorchOtherBlas: Contender = { ...pytorch, id: 'pytorch:cpu0:python:blas' };

/** The name of a contender in tables, such as `onnxruntime-web, wasm, 2 threads, Chromium`. */
export function labelOf({ id, library, device, threads, place }: Contender): string {
  const where = { node: 'Node', chromium: 'Chromium', python: 'Python' }[place];
  const counted = device === 'wasm' || (device === 'cpu' && threads > 0) ? [`${threads} thread${threads === 1 ? '' : 's'}`] : [];
  const other = id === pytorchOtherBlas.id ? ['other BLAS'] : [];
  return [library, device === 'webgpu' ? 'WebGPU' : device, ...counted, ...other, where].join(', ');
}

/** The contenders whose id begins with one of the prefixes; all of them without prefixes. PyTorch is not among them. */
export function chosen(prefixes: readonly string[]): Contender[] {
  return contenders.filter(({ id }) => prefixes.length === 0 || prefixes.some((prefix) => id.startsWith(prefix)));
}
