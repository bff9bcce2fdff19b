/**
 * What WebGPU reports when something fails, in sentences for people.
 */
import { TensorError } from '@cdam/tensor';

/** A shader does not compile: every message, with the line of the source and a mark below the place. */
export function compilationError(name: string, source: string, messages: readonly GPUCompilationMessage[], cause: unknown): TensorError {
  const lines = source.split('\n');
  const shown = messages
    .filter((message) => message.type === 'error')
    .map(({ lineNum, linePos, message }) => {
      const line = lines[lineNum - 1];
      if (line === undefined) return `  ${message}`;
      const number = `  ${lineNum} | `;
      return `  line ${lineNum}: ${message}\n${number}${line}\n${' '.repeat(number.length + Math.max(0, linePos - 1))}^`;
    });
  const detail = shown.length > 0 ? shown.join('\n') : `  ${messageOf(cause)}`;
  return new TensorError('backend', `${name}: the shader does not compile\n${detail}`, { cause });
}

/** An error scope caught an error while the named operations ran. */
export function scopeError(ops: Iterable<string>, error: GPUError): TensorError {
  const names = [...new Set(ops)].join(', ');
  // A name check, because GPUOutOfMemoryError is no global in Node.
  const what =
    error.constructor.name === 'GPUOutOfMemoryError'
      ? 'the GPU has not enough memory; use a smaller batch or picture'
      : 'WebGPU refused the work';
  return new TensorError('backend', `${names}: ${what}: ${error.message}`, { cause: error });
}

const MIB = 1024 * 1024;

/** Storage of `length` elements would take more bytes than `most`, which is what a binding of the device holds. */
export function tooLargeError(op: string, length: number, bytes: number, most: number): TensorError {
  const [mib, limit] = [Math.ceil(bytes / MIB), Math.floor(most / MIB)];
  return new TensorError(
    'backend',
    `${op}: ${length} floats take ${mib} MiB, but a binding of this GPU holds ${limit} MiB; use a smaller batch or picture`,
  );
}

/** `op` needs storage of half precision in 32 bits, which would take more bytes than `most`, what a binding of the device holds. */
export function wideningError(op: string, length: number, most: number): TensorError {
  const [mib, limit] = [Math.ceil((length * 4) / MIB), Math.floor(most / MIB)];
  const size = `${length} numbers of half precision take ${mib} MiB`;
  return new TensorError(
    'backend',
    `${op}: reads 32 bits, in which ${size}, but a binding of this GPU holds ${limit} MiB; take a slice of them first`,
  );
}

/** The device is gone, and everything on it. */
export function deviceLostError(info: GPUDeviceLostInfo): TensorError {
  const reason = info.message === '' ? '' : ` (${info.message})`;
  return new TensorError(
    'device-lost',
    `the GPU device was lost${reason}; everything on it is gone: open a new backend and load the model again`,
  );
}

/** Any thrown value's message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
