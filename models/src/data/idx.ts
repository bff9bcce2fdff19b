/**
 * Reads IDX, the format of MNIST and Fashion-MNIST: a magic number with the type and the number of axes, the sizes of the axes as 32-bit
 * big-endian integers, then the values row by row. Only unsigned bytes are supported, since those files hold nothing else.
 *
 * Format: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */

/** A file does not hold what it should. The message has the name of the file, what was found and what was expected. */
export class DataError extends Error {
  readonly code = 'data';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataError';
  }
}

/** Bytes with a shape, row by row. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads a file.
 *
 * @param bytes the whole file, not compressed
 * @param where the name of the file in errors
 * @param axes the number of axes that the file should have
 * @throws DataError when the magic number, the type, the number of axes or the length is wrong
 */
export function readIdx(bytes: Uint8Array, where: string, axes: number): IdxArray {
  const header = 4 + 4 * axes;
  if (bytes.length < header) throw new DataError(`${where}: has ${bytes.length} bytes; an IDX file of ${axes} axes begins with ${header}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [type, found] = [view.getUint8(2), view.getUint8(3)];
  if (view.getUint16(0) !== 0 || type !== UNSIGNED_BYTE || found !== axes) {
    const magic = view.getUint32(0).toString(16).padStart(8, '0');
    throw new DataError(`${where}: begins with 0x${magic}; IDX with unsigned bytes along ${axes} axes begins with 0x0000080${axes}`);
  }
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size === 0 || bytes.length - header !== size) {
    throw new DataError(`${where}: says it holds ${shape.join(' × ')} values, and ${bytes.length - header} follow; fetch the file again`);
  }
  return { shape, data: bytes.subarray(header) };
}
