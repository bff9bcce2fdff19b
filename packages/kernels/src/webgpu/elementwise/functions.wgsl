// The activations of one number, and their derivatives: name and nameGradient.
//
// The relative error stays near that of the machine's exp, also far out on the negative side, where a textbook form such as
// 0.5·x·(1 + tanh u) would subtract two numbers that are almost equal. Arguments of exp are clamped, because WGSL lets an
// implementation assume that no infinity occurs. These functions fill slots of kernels (function-sources.ts).

const LARGEST_EXPONENT = 87.0;

/// 1 / (1 + e^−x)
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(clamp(-x, -LARGEST_EXPONENT, LARGEST_EXPONENT)));
}

fn sigmoidGradient(x: f32) -> f32 {
  return sigmoid(x) * sigmoid(-x);
}

/// Complement of the error function for z ≥ 0, relative error below 1.2e-7 (Press et al., Numerical Recipes, erfcc: a
/// Chebyshev fit in t = 1 / (1 + z/2) of the logarithm of erfc(z)·e^(z²)/t).
fn erfc(magnitude: f32) -> f32 {
  let z = min(magnitude, 13.0);
  let t = 1.0 / (1.0 + 0.5 * z);
  var p = 0.17087277;
  p = fma(p, t, -0.82215223);
  p = fma(p, t, 1.48851587);
  p = fma(p, t, -1.13520398);
  p = fma(p, t, 0.27886807);
  p = fma(p, t, -0.18628806);
  p = fma(p, t, 0.09678418);
  p = fma(p, t, 0.37409196);
  p = fma(p, t, 1.00002368);
  p = fma(p, t, -1.26551223);
  return t * exp(-z * z) * exp(p);
}

/// Distribution function of the standard normal distribution.
fn normalDistribution(x: f32) -> f32 {
  let tail = 0.5 * erfc(abs(x) * 0.70710678118);
  return select(tail, 1.0 - tail, x > 0.0);
}

/// x·Φ(x) (Hendrycks and Gimpel 2016)
fn gelu(x: f32) -> f32 {
  return x * normalDistribution(x);
}

fn geluGradient(x: f32) -> f32 {
  let z = clamp(x, -13.0, 13.0);
  return normalDistribution(x) + z * 0.3989422804 * exp(-0.5 * z * z);
}

/// Twice the argument of tanh in the approximation of GELU, √(2/π)·(x + 0.044715·x³).
fn geluTanhArgument(x: f32) -> f32 {
  let z = clamp(x, -32.0, 32.0);
  return 1.5957691216 * z * fma(0.044715 * z, z, 1.0);
}

/// 0.5·x·(1 + tanh u) = x·σ(2u)
fn geluTanh(x: f32) -> f32 {
  return x * sigmoid(geluTanhArgument(x));
}

fn geluTanhGradient(x: f32) -> f32 {
  let z = clamp(x, -32.0, 32.0);
  let u = geluTanhArgument(z);
  return sigmoid(u) + z * sigmoidGradient(u) * 1.5957691216 * fma(0.134145 * z, z, 1.0);
}

/// x·σ(1.702·x)
fn quickGelu(x: f32) -> f32 {
  return x * sigmoid(1.702 * x);
}

fn quickGeluGradient(x: f32) -> f32 {
  return sigmoid(1.702 * x) * (1.0 + 1.702 * x * sigmoid(-1.702 * x));
}

/// x·σ(x)
fn silu(x: f32) -> f32 {
  return x * sigmoid(x);
}

fn siluGradient(x: f32) -> f32 {
  return sigmoid(x) * (1.0 + x * sigmoid(-x));
}

fn relu(x: f32) -> f32 {
  return max(x, 0.0);
}

fn reluGradient(x: f32) -> f32 {
  return select(0.0, 1.0, x > 0.0);
}

/// log(1 + e^x) = max(x, 0) + log(1 + e), e = e^−|x|. With s = e / (2 + e), which is at most 1/3, log(1 + e) is
/// 2·atanh(s) = 2·(s + s³/3 + s⁵/5 + …): no 1 + e that would round a small e away.
fn softplus(x: f32) -> f32 {
  let e = exp(-min(abs(x), LARGEST_EXPONENT));
  let s = e / (2.0 + e);
  let q = s * s;
  var p = 1.0 / 15.0;
  p = fma(p, q, 1.0 / 13.0);
  p = fma(p, q, 1.0 / 11.0);
  p = fma(p, q, 1.0 / 9.0);
  p = fma(p, q, 1.0 / 7.0);
  p = fma(p, q, 1.0 / 5.0);
  p = fma(p, q, 1.0 / 3.0);
  p = fma(p, q, 1.0);
  return max(x, 0.0) + 2.0 * s * p;
}

fn softplusGradient(x: f32) -> f32 {
  return sigmoid(x);
}
