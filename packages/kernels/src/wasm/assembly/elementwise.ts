/**
 * Element-wise kernels. Units are elements of the result.
 *
 * Strided operands come with a walk in memory, of 32-bit words: the number of axes, then their extents, then the strides of each operand
 * along them (`AXES` words each). Walks have at least one axis.
 */
import { ADD, AXES, DIV, MUL, SUB } from '../../shared-numbers';
import { evaluateRun } from './evaluate-run';
import { derivative } from './generated/functions-by-number';
import { FLOAT, loadSome, loadStrided, storeSome, VECTOR } from './simd';

/** out[i] = value */
export function full(begin: i32, end: i32, _scratch: usize, out: usize, value: f32): void {
  const v = f32x4.splat(value);
  for (let i = begin; i < end; i += 4) storeSome(out + <usize>i * FLOAT, v, end - i);
}

/** out[i] = f(x[i]) */
export function unary(begin: i32, end: i32, _scratch: usize, op: i32, x: usize, out: usize): void {
  const at = <usize>begin * FLOAT;
  evaluateRun(op, x + at, out + at, end - begin);
}

/** out[i] = dy[i]·f′(x[i]). Beyond ±30 every derivative has the value that it has at ±30. */
export function activationGradient(begin: i32, end: i32, _scratch: usize, op: i32, x: usize, dy: usize, out: usize): void {
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i * FLOAT;
    const clamped = f32x4.max(f32x4.min(loadSome(x + at, end - i), f32x4.splat(30)), f32x4.splat(-30));
    const slope = derivative(op, clamped);
    storeSome(out + at, f32x4.mul(loadSome(dy + at, end - i), slope), end - i);
  }
}

function combine(op: i32, a: v128, b: v128): v128 {
  switch (op) {
    case ADD:
      return f32x4.add(a, b);
    case SUB:
      return f32x4.sub(a, b);
    case MUL:
      return f32x4.mul(a, b);
    case DIV:
      return f32x4.div(a, b);
    default:
      return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}

/** One run along the last axis. */
function combineRun(op: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(out + <usize>i * FLOAT, combine(op, loadStrided(a, stepA), loadStrided(b, stepB)));
    a += <usize>stepA * VECTOR;
    b += <usize>stepB * VECTOR;
  }
  for (; i < count; i++) {
    storeSome(out + <usize>i * FLOAT, combine(op, v128.load32_zero(a), v128.load32_zero(b)), 1);
    a += <usize>stepA * FLOAT;
    b += <usize>stepB * FLOAT;
  }
}

/** The offset in an operand of element `index` of the axes before the last. */
function offsetOf(walk: usize, operand: usize, index: i32): i32 {
  let rest = index;
  let offset = 0;
  for (let axis = load<i32>(walk) - 2; axis >= 0; axis--) {
    const word = walk + FLOAT * <usize>(1 + axis);
    const extent = load<i32>(word);
    offset += (rest % extent) * load<i32>(word + FLOAT * AXES * (1 + operand));
    rest /= extent;
  }
  return offset;
}

function lastExtent(walk: usize): i32 {
  return load<i32>(walk + FLOAT * <usize>load<i32>(walk));
}

function lastStride(walk: usize, operand: usize): i32 {
  return load<i32>(walk + FLOAT * (<usize>load<i32>(walk) + AXES * (1 + operand)));
}

/** out[i] = op(a at the walk's i-th position, b at its own) */
export function binary(begin: i32, end: i32, _scratch: usize, op: i32, a: usize, b: usize, out: usize, walk: usize): void {
  const inner = lastExtent(walk);
  const stepA = lastStride(walk, 0);
  const stepB = lastStride(walk, 1);
  let i = begin;
  while (i < end) {
    const outer = i / inner;
    const first = i - outer * inner;
    const count = min(inner - first, end - i);
    const fromA = a + <usize>(offsetOf(walk, 0, outer) + first * stepA) * FLOAT;
    const fromB = b + <usize>(offsetOf(walk, 1, outer) + first * stepB) * FLOAT;
    combineRun(op, fromA, stepA, fromB, stepB, out + <usize>i * FLOAT, count);
    i += count;
  }
}

/** out[i] = x at the walk's i-th position */
export function copy(begin: i32, end: i32, _scratch: usize, x: usize, out: usize, walk: usize): void {
  const inner = lastExtent(walk);
  const step = lastStride(walk, 0);
  let i = begin;
  while (i < end) {
    const outer = i / inner;
    const first = i - outer * inner;
    const count = min(inner - first, end - i);
    copyRun(x + <usize>(offsetOf(walk, 0, outer) + first * step) * FLOAT, step, out + <usize>i * FLOAT, count);
    i += count;
  }
}

function copyRun(x: usize, step: i32, out: usize, count: i32): void {
  if (step === 1) {
    memory.copy(out, x, <usize>count * FLOAT);
    return;
  }
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(out + <usize>i * FLOAT, loadStrided(x, step));
    x += <usize>step * VECTOR;
  }
  for (; i < count; i++) {
    store<f32>(out + <usize>i * FLOAT, load<f32>(x));
    x += <usize>step * FLOAT;
  }
}
