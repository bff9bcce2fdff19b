/**
 * The gradients of attention (Dao et al. 2022, section B.4), from the log-sum-exp that the forward pass saved. With P the weights:
 *
 *   P = exp(scale·S − logSumExp), dP = dO·Vᵀ, delta = Σ_d dO·O, dS = scale·P ⊙ (dP − delta),
 *   dV = Pᵀ·dO, dQ = dS·K, dK = dSᵀ·Q
 *
 * One pass goes over strips of queries for dQ, another over strips of keys for dK and dV; the weights are computed in both, so that no two
 * threads ever add to the same number.
 */

import { COLUMNS, ROWS } from '../../shared-numbers';
import { gatherRows, padded, scoreRows } from './attention';
import { exp } from './functions';
import { packStrip, STRIP } from './pack';
import { dot } from './row-sums';
import { FLOAT, loadSome } from './simd';

/** delta[batch, head, query] = Σ_d dO·O. Units are queries of all batches; rows of O and dO are heads·headSize long. */
export function attentionDelta(
  begin: i32,
  end: i32,
  _scratch: usize,
  out: usize,
  dout: usize,
  delta: usize,
  heads: i32,
  queries: i32,
  headSize: i32,
): void {
  for (let unit = begin; unit < end; unit++) {
    const first = (unit / queries) * heads * queries + (unit % queries);
    for (let head = 0; head < heads; head++) {
      const at = <usize>((unit * heads + head) * headSize) * FLOAT;
      store<f32>(delta + <usize>(first + head * queries) * FLOAT, dot(out + at, dout + at, headSize));
    }
  }
}

/**
 * dQ. Units are strips of six queries of each head of each batch. Panels are head by head: Kᵀ and Vᵀ as [headSize, keys], K as
 * [keys, headSize]. Scratch: floats for 6·8 products, 2·6·headSize of q and dO, and 3·6·padded(keys) for S, dP and dS.
 */
export function attentionGradientQ(
  begin: i32,
  end: i32,
  scratch: usize,
  q: usize,
  strideQ: i32,
  dout: usize,
  panelsKt: usize,
  panelsVt: usize,
  panelsK: usize,
  logSumExp: usize,
  delta: usize,
  dq: usize,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
  scale: f32,
): void {
  const strips = (queries + ROWS - 1) / ROWS;
  const width = heads * headSize;
  const length = padded(keys);
  const stripQ = scratch + <usize>(ROWS * COLUMNS) * FLOAT;
  const stripO = stripQ + <usize>headSize * STRIP;
  const scores = stripO + <usize>headSize * STRIP;
  const slopes = scores + <usize>length * STRIP;
  const stripS = slopes + <usize>length * STRIP;
  for (let unit = begin; unit < end; unit++) {
    const product = unit / strips;
    const query = (unit % strips) * ROWS;
    const count = min(ROWS, queries - query);
    const token = (product / heads) * queries + query;
    const column = (product % heads) * headSize;
    const transposed = <usize>(product * length * headSize) * FLOAT;
    packStrip(q + <usize>(token * strideQ + column) * FLOAT, strideQ, 1, count, headSize, stripQ);
    packStrip(dout + <usize>(token * width + column) * FLOAT, width, 1, count, headSize, stripO);
    scoreRows(stripQ, panelsKt + transposed, keys, headSize, scores);
    scoreRows(stripO, panelsVt + transposed, keys, headSize, slopes);
    for (let r = 0; r < count; r++) {
      const at = <usize>(product * queries + query + r) * FLOAT;
      const row = <usize>(r * length) * FLOAT;
      queryRow(scores + row, slopes + row, scale, load<f32>(logSumExp + at), load<f32>(delta + at), keys);
    }
    packStrip(slopes, length, 1, count, keys, stripS);
    const to = dq + <usize>(token * width + column) * FLOAT;
    gatherRows(stripS, panelsK + <usize>(product * padded(headSize) * keys) * FLOAT, headSize, keys, scratch, to, width, count);
  }
}

/** dS of one query, in place of dP. */
function queryRow(scores: usize, slopes: usize, scale: f32, logSumExp: f32, delta: f32, n: i32): void {
  const factor = f32x4.splat(scale);
  for (let j = 0; j < n; j += 4) {
    // Rows are padded to whole vectors.
    const at = <usize>j * FLOAT;
    const weight = exp(f32x4.sub(f32x4.mul(factor, v128.load(scores + at)), f32x4.splat(logSumExp)));
    const slope = f32x4.sub(v128.load(slopes + at), f32x4.splat(delta));
    v128.store(slopes + at, f32x4.mul(f32x4.mul(factor, weight), slope));
  }
}

/**
 * dK and dV. Units are strips of six keys of each head of each batch. Panels are head by head: Qᵀ and dOᵀ as [headSize, queries], Q and
 * dO as [queries, headSize]. Scratch as above, with queries in place of keys.
 */
export function attentionGradientKv(
  begin: i32,
  end: i32,
  scratch: usize,
  k: usize,
  strideK: i32,
  v: usize,
  strideV: i32,
  panelsQt: usize,
  panelsOt: usize,
  panelsQ: usize,
  panelsO: usize,
  logSumExp: usize,
  delta: usize,
  dk: usize,
  dv: usize,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
  scale: f32,
): void {
  const strips = (keys + ROWS - 1) / ROWS;
  const width = heads * headSize;
  const length = padded(queries);
  const stripK = scratch + <usize>(ROWS * COLUMNS) * FLOAT;
  const stripV = stripK + <usize>headSize * STRIP;
  const scores = stripV + <usize>headSize * STRIP;
  const slopes = scores + <usize>length * STRIP;
  const strip = slopes + <usize>length * STRIP;
  for (let unit = begin; unit < end; unit++) {
    const product = unit / strips;
    const key = (unit % strips) * ROWS;
    const count = min(ROWS, keys - key);
    const token = (product / heads) * keys + key;
    const column = (product % heads) * headSize;
    const transposed = <usize>(product * length * headSize) * FLOAT;
    const plain = <usize>(product * padded(headSize) * queries) * FLOAT;
    packStrip(k + <usize>(token * strideK + column) * FLOAT, strideK, 1, count, headSize, stripK);
    packStrip(v + <usize>(token * strideV + column) * FLOAT, strideV, 1, count, headSize, stripV);
    scoreRows(stripK, panelsQt + transposed, queries, headSize, scores);
    scoreRows(stripV, panelsOt + transposed, queries, headSize, slopes);
    const at = <usize>(product * queries) * FLOAT;
    for (let r = 0; r < count; r++) {
      const row = <usize>(r * length) * FLOAT;
      keyRow(scores + row, slopes + row, scale, logSumExp + at, delta + at, queries);
    }
    const to = <usize>(token * width + column) * FLOAT;
    packStrip(scores, length, 1, count, queries, strip);
    gatherRows(strip, panelsO + plain, headSize, queries, scratch, dv + to, width, count);
    packStrip(slopes, length, 1, count, queries, strip);
    gatherRows(strip, panelsQ + plain, headSize, queries, scratch, dk + to, width, count);
  }
}

/** P of one key in place of S, and dS in place of dP. */
function keyRow(scores: usize, slopes: usize, scale: f32, logSumExp: usize, delta: usize, n: i32): void {
  const factor = f32x4.splat(scale);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * FLOAT;
    const weight = exp(f32x4.sub(f32x4.mul(factor, v128.load(scores + at)), loadSome(logSumExp + at, n - i)));
    const slope = f32x4.sub(v128.load(slopes + at), loadSome(delta + at, n - i));
    v128.store(scores + at, weight);
    v128.store(slopes + at, f32x4.mul(f32x4.mul(factor, weight), slope));
  }
}
