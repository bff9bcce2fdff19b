/**
 * Attention, one query after another: only the scores of one query are kept at a time.
 */
import type { AttentionSize } from '../backend.ts';
import { at } from './elementwise.ts';
import type { Floats } from './storage.ts';

/** `HeadRows` of the contract, with numbers in the place of a storage. */
export interface OpenRows {
  readonly values: Floats;
  readonly offset: number;
  readonly stride: number;
}

/** Where the heads of a dense [batch, tokens, heads·headSize] array lie. */
export function denseRows(values: Floats, { heads, headSize }: AttentionSize): OpenRows {
  return { values, offset: 0, stride: heads * headSize };
}

/** The vector of one head of a token. */
type Row = (token: number) => Floats;

/** The vectors of one head, in one picture of the batch. */
function rowsOf(x: OpenRows, batch: number, head: number, tokens: number, { headSize }: AttentionSize): Row {
  return (token) => {
    const start = x.offset + (batch * tokens + token) * x.stride + head * headSize;
    return x.values.subarray(start, start + headSize);
  };
}

function dot(a: Floats, b: Floats): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** y ← y + factor·x */
function addScaled(y: Floats, factor: number, x: Floats): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + factor * (x[i] as number);
}

function eachHead({ batch, heads }: AttentionSize, visit: (batch: number, head: number) => void): void {
  for (let b = 0; b < batch; b++) for (let h = 0; h < heads; h++) visit(b, h);
}

/** terms_j = p_j·v_j with p = softmax(scale·q_0·k), and p_0 for each feature. `terms` must be zero. */
export function attentionTerms(q: OpenRows, k: OpenRows, v: OpenRows, size: AttentionSize, terms: Floats, own: Floats): void {
  const { queries, keys, scale } = size;
  eachHead(size, (b, h) => {
    const [rowK, rowV, rowTerms] = [k, v, denseRows(terms, size)].map((x) => rowsOf(x, b, h, keys, size)) as [Row, Row, Row];
    const query = rowsOf(q, b, h, queries, size)(0);
    const scores = Float64Array.from({ length: keys }, (_, j) => scale * dot(query, rowK(j)));
    const largest = scores.reduce((x, y) => Math.max(x, y));
    const weights = scores.map((score) => Math.exp(score - largest));
    const sum = weights.reduce((x, y) => x + y);
    for (let j = 0; j < keys; j++) addScaled(rowTerms(j), at(weights, j) / sum, rowV(j));
    rowsOf(denseRows(own, size), b, h, 1, size)(0).fill(at(weights, 0) / sum);
  });
}

/** out_i = Σ_j p_ij·v_j with p_ij = exp(s_ij − logSumExp_i), s_ij = scale·q_i·k_j. `out` must be zero. */
export function attention(q: OpenRows, k: OpenRows, v: OpenRows, size: AttentionSize, out: Floats, logSumExp: Floats): void {
  const { heads, queries, keys, scale } = size;
  const scores = new Float64Array(keys);
  eachHead(size, (b, h) => {
    const [rowQ, rowK, rowV] = [rowsOf(q, b, h, queries, size), rowsOf(k, b, h, keys, size), rowsOf(v, b, h, keys, size)];
    const rowOut = rowsOf(denseRows(out, size), b, h, queries, size);
    for (let i = 0; i < queries; i++) {
      const query = rowQ(i);
      for (let j = 0; j < keys; j++) scores[j] = scale * dot(query, rowK(j));
      const largest = scores.reduce((x, y) => Math.max(x, y));
      const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
      logSumExp[(b * heads + h) * queries + i] = largest + Math.log(sum);
      for (let j = 0; j < keys; j++) addScaled(rowOut(i), Math.exp(at(scores, j) - largest) / sum, rowV(j));
    }
  });
}

/**
 * dv_j = Σ_i p_ij·do_i, ds_ij = p_ij·(do_i·v_j − do_i·out_i), dq_i = scale·Σ_j ds_ij·k_j, dk_j = scale·Σ_i ds_ij·q_i
 * (Dao et al. 2022, section B.4). The outputs must be zero.
 */
export function attentionGradient(
  [q, k, v]: readonly [OpenRows, OpenRows, OpenRows],
  [out, logSumExp, dout]: readonly [Floats, Floats, Floats],
  size: AttentionSize,
  [dq, dk, dv]: readonly [Floats, Floats, Floats],
): void {
  const { heads, queries, keys, scale } = size;
  eachHead(size, (b, h) => {
    const [rowQ, rowK, rowV] = [rowsOf(q, b, h, queries, size), rowsOf(k, b, h, keys, size), rowsOf(v, b, h, keys, size)];
    const dense = (values: Floats, tokens: number): Row => rowsOf(denseRows(values, size), b, h, tokens, size);
    const [rowOut, rowDout, rowDq] = [dense(out, queries), dense(dout, queries), dense(dq, queries)];
    const [rowDk, rowDv] = [dense(dk, keys), dense(dv, keys)];
    for (let i = 0; i < queries; i++) {
      const [query, dOut, dQuery] = [rowQ(i), rowDout(i), rowDq(i)];
      const delta = dot(dOut, rowOut(i));
      const normaliser = at(logSumExp, (b * heads + h) * queries + i);
      for (let j = 0; j < keys; j++) {
        const p = Math.exp(scale * dot(query, rowK(j)) - normaliser);
        const ds = scale * p * (dot(dOut, rowV(j)) - delta);
        addScaled(rowDv(j), p, dOut);
        addScaled(dQuery, ds, rowK(j));
        addScaled(rowDk(j), ds, query);
      }
    }
  });
}
