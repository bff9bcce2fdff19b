/**
 * Writes safetensors: F32 as it is, F16 rounded to nearest even.
 */
import { narrowHalf, widenHalf } from '@cdam/tensor';
import { CheckpointError } from '../errors.ts';

/** One tensor to write. `data` has as many values as `shape` says, row-major. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: 'F32' | 'F16';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * The bytes of a safetensors file, with the tensors in the given order and the data aligned to 8 bytes. Equal inputs give equal bytes.
 * @throws CheckpointError `safetensors` for a repeated name or for data that do not fit the shape, `dtype` for a finite value that F16
 *   cannot hold (a magnitude of 65520 or more)
 */
export function writeSafetensors(tensors: readonly TensorToWrite[], metadata?: Readonly<Record<string, string>>): Uint8Array {
  const parts: Uint8Array[] = [];
  const header = new Map<string, unknown>();
  if (metadata !== undefined) header.set('__metadata__', metadata);
  let position = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    if (header.has(name) || name === '__metadata__')
      throw new CheckpointError('safetensors', `writeSafetensors: the name ${name} is given twice or reserved`);
    const part = encode(tensor);
    header.set(name, { dtype, shape, data_offsets: [position, position + part.length] });
    parts.push(part);
    position += part.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + position).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function encode({ name, dtype, shape, data }: TensorToWrite): Uint8Array {
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== data.length) {
    throw new CheckpointError(
      'safetensors',
      `writeSafetensors: ${name} has ${data.length} values, and its shape [${shape.join(', ')}] has ${count}`,
    );
  }
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const half = narrowHalf(data);
  const back = widenHalf(half);
  const lost = data.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(back[i]));
  if (lost >= 0) {
    throw new CheckpointError('dtype', `writeSafetensors: ${name}[${lost}] is ${data[lost]}, which F16 cannot hold; write it as F32`);
  }
  return new Uint8Array(half.buffer);
}
