/**
 * Reads the safetensors container: an 8-byte little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, then the
 * data. A file may come from anyone, so everything is checked before it is used, as strictly as the reference reader of the format does:
 * the header has at most 100 MB; the ranges of the tensors lie inside the data, are as long as their shapes say, and cover the data
 * without gap or overlap.
 */
import { widenHalf } from '@cdam/tensor';
import { CheckpointError } from '../errors.ts';
import { isObject, type JsonValue, shown } from '../json.ts';
import { widenBfloat } from './numbers.ts';

const HEADER_LIMIT = 100_000_000;

/** Bytes per element of every dtype of the format, without those of less than a byte. */
const ELEMENT_SIZE: ReadonlyMap<string, number> = new Map([
  ...(['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0'] as const).map((name) => [name, 1] as const),
  ...(['U16', 'I16', 'F16', 'BF16'] as const).map((name) => [name, 2] as const),
  ...(['U32', 'I32', 'F32'] as const).map((name) => [name, 4] as const),
  ...(['U64', 'I64', 'F64', 'C64'] as const).map((name) => [name, 8] as const),
]);

/** One tensor of the file. `bytes` is a view of the file, little-endian and row-major. */
export interface SafetensorsEntry {
  readonly name: string;
  /** toFloat32 reads `F32`, `F16` and `BF16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A file, in the order of its header. */
export interface Safetensors {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a whole file. Nothing is copied: the entries are views of `bytes`.
 * @throws CheckpointError `safetensors`, which says the rule that the file breaks, and how many bytes of a truncated file are missing
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = readHeader(bytes);
  const metadata = new Map<string, string>();
  const found: { entry: Header; name: string }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') readMetadata(value, metadata);
    else found.push({ name, entry: readEntry(name, value) });
  }
  checkTiling(found, bytes.length - start);
  const entries = new Map<string, SafetensorsEntry>();
  for (const { name, entry } of found) {
    const data = bytes.subarray(start + entry.begin, start + entry.end);
    entries.set(name, { name, dtype: entry.dtype, shape: entry.shape, bytes: data });
  }
  return { entries, metadata };
}

/**
 * The numbers of an entry as 32-bit floats; F16 and BF16 are widened exactly. An F32 entry that is aligned to 4 bytes is a view of the
 * file and must not be written to; others are copies.
 * @throws CheckpointError `dtype` for other number formats
 */
export function toFloat32(entry: SafetensorsEntry): Float32Array {
  const { bytes, dtype } = entry;
  if (dtype === 'F32') {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }
  if (dtype !== 'F16' && dtype !== 'BF16') {
    throw new CheckpointError(
      'dtype',
      `safetensors: ${entry.name} is ${dtype}, and only F32, F16 and BF16 are read; convert the checkpoint to one of them`,
    );
  }
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const half = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
  return dtype === 'F16' ? widenHalf(half) : widenBfloat(half);
}

interface Header {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function fail(message: string, cause?: unknown): CheckpointError {
  return new CheckpointError('safetensors', `safetensors: ${message}`, { cause });
}

function readHeader(bytes: Uint8Array): { header: { readonly [name: string]: JsonValue }; start: number } {
  if (bytes.length < 8) throw fail(`the file has ${bytes.length} bytes, fewer than the length of its header takes; fetch it again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (bytes.length > 8 && bytes[8] !== 0x7b) {
    throw fail('the header does not begin with {: this is not a safetensors file (a .pth or .bin checkpoint has to be converted first)');
  }
  if (length > HEADER_LIMIT) throw fail(`the header claims ${length} bytes, more than the format's limit of ${HEADER_LIMIT}`);
  if (8 + length > bytes.length) {
    throw fail(
      `the file is cut short within its header: ${8 + length - bytes.length} bytes are missing (it has ${bytes.length}); fetch it again`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    throw fail(`the header is not valid JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
  if (!isObject(header)) throw fail(`the header must be a JSON object, but is ${shown(header)}`);
  return { header, start: 8 + length };
}

function readMetadata(value: JsonValue, into: Map<string, string>): void {
  if (!isObject(value)) throw fail(`__metadata__ must be an object, but is ${shown(value)}`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw fail(`__metadata__ must hold strings, but ${key} is ${shown(text)}`);
    into.set(key, text);
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readEntry(name: string, value: JsonValue): Header {
  if (!isObject(value)) throw fail(`${name} must be an object with dtype, shape and data_offsets, but is ${shown(value)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  const size = typeof dtype === 'string' ? ELEMENT_SIZE.get(dtype) : undefined;
  if (typeof dtype !== 'string' || size === undefined) throw fail(`${name} has the dtype ${shown(dtype)}, which is not known`);
  if (!Array.isArray(shape) || !shape.every(isSize)) throw fail(`${name} has the shape ${shown(shape)}, which is not a list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw fail(`${name} has the data_offsets ${shown(offsets)}, which are not two positions`);
  }
  const [begin = 0, end = 0] = offsets;
  const wanted = shape.reduce((product: number, n: number) => product * n, size);
  if (!Number.isSafeInteger(wanted)) throw fail(`${name} has the shape ${shown(shape)}, which is larger than any file`);
  if (end - begin !== wanted) {
    throw fail(`${name} (${dtype} ${shown(shape)}) needs ${wanted} bytes, but its data_offsets ${shown(offsets)} hold ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

function checkTiling(found: readonly { name: string; entry: Header }[], available: number): void {
  const order = [...found].sort((a, b) => a.entry.begin - b.entry.begin || a.entry.end - b.entry.end);
  let position = 0;
  let before = 'the header';
  for (const { name, entry } of order) {
    if (entry.begin < position) throw fail(`${name} overlaps ${before}: it begins at ${entry.begin}, before ${position}`);
    if (entry.begin > position) throw fail(`there is a gap of ${entry.begin - position} bytes between ${before} and ${name}`);
    position = entry.end;
    before = name;
  }
  if (position > available) {
    throw fail(`the file is cut short: ${position - available} of its ${position} bytes of data are missing; fetch it again`);
  }
  if (position < available) throw fail(`${available - position} bytes follow the last tensor and belong to no tensor`);
}
