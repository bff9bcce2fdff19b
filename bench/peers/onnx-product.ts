/**
 * A matrix product as an ONNX model, since onnxruntime runs only models: A [m, k] is the input, B [k, n] a weight, C the output. It is
 * written directly in the wire format of protobuf; field numbers are those of onnx.proto3.
 */

const FLOAT = 1;
const IR_VERSION = 8;
const OPSET = 13;

/** A model with input `a`, initializer `b` and output `c`. */
export function productModel(m: number, k: number, n: number, b: Float32Array): Uint8Array {
  const node = message(text(1, 'a'), text(1, 'b'), text(2, 'c'), text(4, 'MatMul'));
  const raw = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  const weight = message(number(1, k), number(1, n), number(2, FLOAT), text(8, 'b'), bytes(9, raw));
  const graph = message(
    bytes(1, node),
    text(2, 'product'),
    bytes(5, weight),
    bytes(11, valueInfo('a', [m, k])),
    bytes(12, valueInfo('c', [m, n])),
  );
  return message(number(1, IR_VERSION), bytes(8, message(number(2, OPSET))), bytes(7, graph));
}

function valueInfo(name: string, shape: readonly number[]): Uint8Array {
  const dimensions = message(...shape.map((extent) => bytes(1, message(number(1, extent)))));
  const type = message(bytes(1, message(number(1, FLOAT), bytes(2, dimensions))));
  return message(text(1, name), bytes(2, type));
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    result.set(field, at);
    at += field.length;
  }
  return result;
}

function number(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value));
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return message(Uint8Array.from([...varint((field << 3) | 2), ...varint(value.length)]), value);
}

/** A number as a varint: seven bits in each byte, the lowest first; the top bit says that more bytes follow. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
