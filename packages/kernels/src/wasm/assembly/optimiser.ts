/**
 * One step of each optimiser, in place. Units are parameters.
 */
import { FLOAT, loadSome, madd, storeSome } from './simd';

/**
 * mean ← β₁·mean + (1 − β₁)·g, variance ← β₂·variance + (1 − β₂)·g²,
 * p ← keep·p − rate·mean / (√(variance·correction) + ε). The caller works out `keep` = 1 − learning rate·decay,
 * `rate` = learning rate / (1 − β₁ᵗ), `correction` = 1 / (1 − β₂ᵗ), and the complements of β in 64 bits.
 */
export function adamW(
  begin: i32,
  end: i32,
  _scratch: usize,
  parameter: usize,
  gradient: usize,
  mean: usize,
  variance: usize,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  keep: f32,
  rate: f32,
  correction: f32,
  epsilon: f32,
): void {
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i * FLOAT;
    const count = end - i;
    const g = loadSome(gradient + at, count);
    const m = madd(f32x4.splat(rest1), g, f32x4.mul(f32x4.splat(beta1), loadSome(mean + at, count)));
    const v = madd(f32x4.mul(f32x4.splat(rest2), g), g, f32x4.mul(f32x4.splat(beta2), loadSome(variance + at, count)));
    storeSome(mean + at, m, count);
    storeSome(variance + at, v, count);
    const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(v, f32x4.splat(correction))), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(f32x4.splat(rate), m), deviation);
    storeSome(parameter + at, f32x4.sub(f32x4.mul(f32x4.splat(keep), loadSome(parameter + at, count)), step), count);
  }
}

/** velocity ← momentum·velocity + g + decay·p; p ← p − rate·velocity. */
export function sgd(
  begin: i32,
  end: i32,
  _scratch: usize,
  parameter: usize,
  gradient: usize,
  velocity: usize,
  momentum: f32,
  decay: f32,
  rate: f32,
): void {
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i * FLOAT;
    const count = end - i;
    const p = loadSome(parameter + at, count);
    const pull = madd(f32x4.splat(decay), p, loadSome(gradient + at, count));
    const v = madd(f32x4.splat(momentum), loadSome(velocity + at, count), pull);
    storeSome(velocity + at, v, count);
    storeSome(parameter + at, madd(f32x4.splat(-rate), v, p), count);
  }
}
