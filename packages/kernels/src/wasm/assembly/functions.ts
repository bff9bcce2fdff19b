/**
 * Functions of four numbers at once: exponential, logarithm, and the activations with their derivatives.
 *
 * Every exported function from v128 to v128 is one that kernels apply: `name` is the function, `nameGradient` its derivative, which is
 * asked for at −30 ≤ x ≤ 30. scripts/compile-wasm.mjs numbers them and writes the switch in generated/functions-by-number.ts.
 *
 * Relative errors are a few units of the last digit, also far out on the negative side, where a textbook form such as
 * 0.5·x·(1 + tanh u) would subtract two numbers that are almost equal.
 */
import { madd } from './simd';

/**
 * Numbers that are needed in all lanes. They are read from memory, with one instruction each: a constant in the code takes an engine
 * several instructions every time that it is used.
 */
const ONE = memory.data<f32>([1]);
const EXP_RANGE = memory.data<f32>([-104, 89]);
const LOG2E = memory.data<f32>([<f32>Math.LOG2E]);
/** −ln 2 in two parts, the first of which is short enough that its products with whole numbers are exact. */
const LN2 = memory.data<f32>([-0.693359375, 2.1219444e-4]);
/** 1.5·2²³: added to a number it leaves the nearest whole number in the last bits. */
const WHOLE = memory.data<f32>([12582912]);
/** Coefficients, the highest power's first. */
const EXP = memory.data<f32>([1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
const ERFC = memory.data<f32>([
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223,
]);
/** ½; 13, beyond which erfc is 0; √½. */
const NORMAL = memory.data<f32>([0.5, 13, <f32>Math.SQRT1_2]);

/** A number of a table, in all lanes. */
function splat(table: usize, index: usize = 0): v128 {
  return v128.load32_splat(table + index * 4);
}

/** A polynomial of degree 5. */
function polynomial5(table: usize, x: v128): v128 {
  let p = splat(table);
  p = madd(p, x, splat(table, 1));
  p = madd(p, x, splat(table, 2));
  p = madd(p, x, splat(table, 3));
  p = madd(p, x, splat(table, 4));
  p = madd(p, x, splat(table, 5));
  return p;
}

/** A polynomial of degree 9: even and odd powers apart, so that two chains of additions run side by side. */
function polynomial9(table: usize, x: v128): v128 {
  const square = f32x4.mul(x, x);
  let odd = splat(table);
  let even = splat(table, 1);
  odd = madd(odd, square, splat(table, 2));
  even = madd(even, square, splat(table, 3));
  odd = madd(odd, square, splat(table, 4));
  even = madd(even, square, splat(table, 5));
  odd = madd(odd, square, splat(table, 6));
  even = madd(even, square, splat(table, 7));
  odd = madd(odd, square, splat(table, 8));
  even = madd(even, square, splat(table, 9));
  return madd(odd, x, even);
}

/** 2^n for whole n from −126 to 127. */
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/**
 * eˣ = 2ⁿ·eʳ with |r| ≤ ln 2 / 2, eʳ by a polynomial (coefficients of Cephes' expf, Moshier 1989). 2ⁿ is multiplied in two halves,
 * so that large arguments give infinity and small ones fade to 0.
 */
export function exp(x: v128): v128 {
  // pmin and pmax are one instruction each, and leave NaN when it comes first.
  const clamped = f32x4.pmin(f32x4.pmax(x, splat(EXP_RANGE)), splat(EXP_RANGE, 1));
  const shifted = madd(clamped, splat(LOG2E), splat(WHOLE));
  const n = f32x4.sub(shifted, splat(WHOLE));
  const r = madd(n, splat(LN2, 1), madd(n, splat(LN2), clamped));
  const p = madd(polynomial5(EXP, r), f32x4.mul(r, r), f32x4.add(r, splat(ONE)));
  const whole = i32x4.sub(shifted, splat(WHOLE));
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** ln x = e·ln 2 + ln m with √½ ≤ m < √2 (coefficients of Cephes' logf). 0 gives −∞, negative numbers NaN. */
export function log(x: v128): v128 {
  const subnormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal);
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(scaled, 23), i32x4.splat(126)));
  e = f32x4.sub(e, v128.and(subnormal, f32x4.splat(23)));
  let m = v128.or(v128.and(scaled, i32x4.splat(0x7fffff)), i32x4.splat(0x3f000000));
  const low = f32x4.lt(m, f32x4.splat(<f32>Math.SQRT1_2));
  e = f32x4.sub(e, v128.and(low, f32x4.splat(1)));
  m = f32x4.sub(f32x4.add(m, v128.and(low, m)), f32x4.splat(1));
  const square = f32x4.mul(m, m);
  let p = f32x4.splat(7.0376836292e-2);
  p = madd(p, m, f32x4.splat(-1.151461031e-1));
  p = madd(p, m, f32x4.splat(1.167699874e-1));
  p = madd(p, m, f32x4.splat(-1.2420140846e-1));
  p = madd(p, m, f32x4.splat(1.4249322787e-1));
  p = madd(p, m, f32x4.splat(-1.6668057665e-1));
  p = madd(p, m, f32x4.splat(2.0000714765e-1));
  p = madd(p, m, f32x4.splat(-2.4999993993e-1));
  p = madd(p, m, f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, m), square);
  y = madd(e, f32x4.splat(-2.1219444e-4), y);
  y = madd(square, f32x4.splat(-0.5), y);
  y = madd(e, f32x4.splat(0.693359375), f32x4.add(m, y));
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(y, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0)));
}

/** ln x of one number. */
export function log1(x: f32): f32 {
  return f32x4.extract_lane(log(f32x4.splat(x)), 0);
}

export function neg(x: v128): v128 {
  return f32x4.neg(x);
}

export function sqrt(x: v128): v128 {
  return f32x4.sqrt(x);
}

/** 1 / (1 + e^−x) */
export function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
}

export function sigmoidGradient(x: v128): v128 {
  return f32x4.mul(sigmoid(x), sigmoid(f32x4.neg(x)));
}

/** d/dx of x·σ(u(x)), from u and its slope: σ(u)·(1 + x·u′·σ(−u)). */
function gatedSlope(x: v128, u: v128, slope: v128): v128 {
  return f32x4.mul(sigmoid(u), madd(f32x4.mul(x, slope), sigmoid(f32x4.neg(u)), f32x4.splat(1)));
}

/**
 * Distribution function of the standard normal distribution: half of erfc(−x/√2), relative error below 1e-6 for negative x too.
 * erfc(z) = t·exp(−z² + p(t)), t = 1 / (1 + z/2) (Press et al., Numerical Recipes, erfcc).
 */
export function normalDistribution(x: v128): v128 {
  const z = f32x4.pmin(f32x4.mul(f32x4.abs(x), splat(NORMAL, 2)), splat(NORMAL, 1));
  const half = splat(NORMAL);
  const t = f32x4.div(splat(ONE), madd(z, half, splat(ONE)));
  const tail = f32x4.mul(f32x4.mul(half, t), exp(f32x4.sub(polynomial9(ERFC, t), f32x4.mul(z, z))));
  return v128.bitselect(f32x4.sub(splat(ONE), tail), tail, f32x4.gt(x, f32x4.splat(0)));
}

/** Density of the standard normal distribution, e^(−x²/2)/√(2π). */
function normalDensity(x: v128): v128 {
  return f32x4.mul(f32x4.splat(0.3989422804), exp(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))));
}

/** x·Φ(x) (Hendrycks and Gimpel 2016) */
export function gelu(x: v128): v128 {
  return f32x4.mul(x, normalDistribution(x));
}

export function geluGradient(x: v128): v128 {
  return madd(x, normalDensity(x), normalDistribution(x));
}

/** Twice the argument of tanh in the approximation of GELU, √(2/π)·(x + 0.044715·x³), so that 0.5·(1 + tanh u) = σ(2u). */
function geluTanhArgument(x: v128): v128 {
  const cubic = madd(f32x4.mul(x, f32x4.splat(0.044715)), x, f32x4.splat(1));
  return f32x4.mul(f32x4.mul(x, f32x4.splat(1.5957691216)), cubic);
}

/** 0.5·x·(1 + tanh u) = x·σ(2u) */
export function geluTanh(x: v128): v128 {
  return f32x4.mul(x, sigmoid(geluTanhArgument(x)));
}

export function geluTanhGradient(x: v128): v128 {
  const slope = f32x4.mul(f32x4.splat(1.5957691216), madd(f32x4.mul(x, f32x4.splat(0.134145)), x, f32x4.splat(1)));
  return gatedSlope(x, geluTanhArgument(x), slope);
}

/** x·σ(1.702·x) */
export function quickGelu(x: v128): v128 {
  return f32x4.mul(x, sigmoid(f32x4.mul(x, f32x4.splat(1.702))));
}

export function quickGeluGradient(x: v128): v128 {
  return gatedSlope(x, f32x4.mul(x, f32x4.splat(1.702)), f32x4.splat(1.702));
}

/** x·σ(x) */
export function silu(x: v128): v128 {
  return f32x4.mul(x, sigmoid(x));
}

export function siluGradient(x: v128): v128 {
  return gatedSlope(x, x, f32x4.splat(1));
}

export function relu(x: v128): v128 {
  return f32x4.max(x, f32x4.splat(0));
}

export function reluGradient(x: v128): v128 {
  return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e), e = e^−|x|. With s = e / (2 + e) ≤ ⅓, ln(1 + e) = 2·atanh(s) = 2·(s + s³/3 + …). */
export function softplus(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const s = f32x4.div(e, f32x4.add(e, f32x4.splat(2)));
  const q = f32x4.mul(s, s);
  let p = f32x4.splat(1.0 / 15.0);
  p = madd(p, q, f32x4.splat(1.0 / 13.0));
  p = madd(p, q, f32x4.splat(1.0 / 11.0));
  p = madd(p, q, f32x4.splat(1.0 / 9.0));
  p = madd(p, q, f32x4.splat(1.0 / 7.0));
  p = madd(p, q, f32x4.splat(1.0 / 5.0));
  p = madd(p, q, f32x4.splat(1.0 / 3.0));
  p = madd(p, q, f32x4.splat(1));
  return madd(f32x4.mul(s, f32x4.splat(2)), p, f32x4.max(x, f32x4.splat(0)));
}

export function softplusGradient(x: v128): v128 {
  return sigmoid(x);
}
