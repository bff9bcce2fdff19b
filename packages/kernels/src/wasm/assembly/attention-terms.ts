/**
 * What the first query reads from each key.
 */
import { dot, largest, scaleRow, sumOf } from './row-sums';
import { FLOAT } from './simd';
import { exponentials } from './softmax';

/**
 * terms_j = p_j·v_j with p = softmax(scale·q_0·k), and p_0 for each feature of `own`. Units are the heads of all pictures; scratch has a
 * number for each key.
 */
export function attentionTerms(
  begin: i32,
  end: i32,
  scratch: usize,
  q: usize,
  strideQ: i32,
  k: usize,
  strideK: i32,
  v: usize,
  strideV: i32,
  terms: usize,
  own: usize,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
  scale: f32,
): void {
  const width = heads * headSize;
  for (let unit = begin; unit < end; unit++) {
    const picture = unit / heads;
    const feature = <usize>((unit % heads) * headSize) * FLOAT;
    const query = q + <usize>(picture * queries * strideQ) * FLOAT + feature;
    const first = picture * keys;
    for (let j = 0; j < keys; j++) {
      const key = k + <usize>((first + j) * strideK) * FLOAT + feature;
      store<f32>(scratch + <usize>j * FLOAT, scale * dot(query, key, headSize));
    }
    exponentials(scratch, largest(scratch, keys), scratch, keys);
    scaleRow(scratch, 1 / sumOf(scratch, keys), scratch, keys);
    for (let j = 0; j < keys; j++) {
      const value = v + <usize>((first + j) * strideV) * FLOAT + feature;
      scaleRow(value, load<f32>(scratch + <usize>j * FLOAT), terms + <usize>((first + j) * width) * FLOAT + feature, headSize);
    }
    const weight = load<f32>(scratch);
    for (let i = 0; i < headSize; i++) store<f32>(own + <usize>(picture * width + i) * FLOAT + feature, weight);
  }
}
