/**
 * Attention and its gradients, from q, k and v in one storage and in three.
 */
import type { AttentionSize, HeadRows, Storage } from '../backend.ts';
import { at, type ConformanceCase, defineCase, each, input, type Numbers, noise, SIZES, sumOf, sumTolerance } from './case.ts';

/** `HeadRows` of the contract, with numbers in the place of a storage. */
interface Rows {
  readonly data: Numbers;
  readonly offset: number;
  readonly stride: number;
}

interface Problem {
  readonly size: AttentionSize;
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
}

/** Number d of the vector that a token t has in head h. */
function component(rows: Rows, tokens: number, size: AttentionSize, [b, h, t, d]: readonly [number, number, number, number]): number {
  return at(rows.data, rows.offset + (b * tokens + t) * rows.stride + h * size.headSize + d);
}

interface HeadResult {
  /** Row-major [queries, keys]. */
  readonly weights: Float64Array;
  readonly logSumExp: Float64Array;
}

function head({ size, q, k }: Problem, b: number, h: number): HeadResult {
  const { queries, keys, headSize, scale } = size;
  const score = (i: number, j: number): number =>
    scale * sumOf(headSize, (d) => component(q, queries, size, [b, h, i, d]) * component(k, keys, size, [b, h, j, d]));
  const scores = each(queries * keys, (i) => score(Math.floor(i / keys), i % keys));
  const logSumExp = each(queries, (i) => {
    const m = scores.subarray(i * keys, (i + 1) * keys).reduce((x, y) => Math.max(x, y));
    return m + Math.log(sumOf(keys, (j) => Math.exp(at(scores, i * keys + j) - m)));
  });
  return { weights: scores.map((s, i) => Math.exp(s - at(logSumExp, Math.floor(i / keys)))), logSumExp };
}

/** Splits an index of [batch, tokens, heads, headSize]. */
function split(i: number, tokens: number, { heads, headSize }: AttentionSize): [b: number, h: number, t: number, d: number] {
  const token = Math.floor(i / (heads * headSize));
  return [Math.floor(token / tokens), Math.floor(i / headSize) % heads, token % tokens, i % headSize];
}

interface Solution {
  readonly out: Float64Array;
  readonly logSumExp: Float64Array;
  readonly headOf: (b: number, h: number) => HeadResult;
}

function solve(problem: Problem): Solution {
  const { size, v } = problem;
  const { batch, heads, queries, keys, headSize } = size;
  const all = Array.from({ length: batch * heads }, (_, i) => head(problem, Math.floor(i / heads), i % heads));
  const headOf = (b: number, h: number): HeadResult => all[b * heads + h] ?? { weights: new Float64Array(), logSumExp: new Float64Array() };
  const out = each(batch * queries * heads * headSize, (i) => {
    const [b, h, t, d] = split(i, queries, size);
    const { weights } = headOf(b, h);
    return sumOf(keys, (j) => at(weights, t * keys + j) * component(v, keys, size, [b, h, j, d]));
  });
  const logSumExp = each(batch * heads * queries, (i) => at(all[Math.floor(i / queries)]?.logSumExp ?? [], i % queries));
  return { out, logSumExp, headOf };
}

/** With P the weights: dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P ⊙ (dP − Σ_j P·dP), dQ = scale·dS·K, dK = scale·dSᵀ·Q. */
function gradients(problem: Problem, { headOf }: Solution, dout: Numbers): [Float64Array, Float64Array, Float64Array] {
  const { size, q, k, v } = problem;
  const { batch, heads, queries, keys, headSize, scale } = size;
  const dRows: Rows = { data: dout, offset: 0, stride: heads * headSize };
  const dScores = Array.from({ length: batch * heads }, (_, z) => {
    const [b, h] = [Math.floor(z / heads), z % heads];
    const { weights } = headOf(b, h);
    const dot = (i: number, j: number): number =>
      sumOf(headSize, (d) => component(dRows, queries, size, [b, h, i, d]) * component(v, keys, size, [b, h, j, d]));
    const dWeights = each(queries * keys, (i) => dot(Math.floor(i / keys), i % keys));
    const delta = each(queries, (i) => sumOf(keys, (j) => at(weights, i * keys + j) * at(dWeights, i * keys + j)));
    return dWeights.map((dw, i) => at(weights, i) * (dw - at(delta, Math.floor(i / keys))));
  });
  const dS = (b: number, h: number, i: number, j: number): number => at(dScores[b * heads + h] ?? [], i * keys + j);
  const length = (tokens: number): number => batch * tokens * heads * headSize;
  const dq = each(length(queries), (i) => {
    const [b, h, t, d] = split(i, queries, size);
    return scale * sumOf(keys, (j) => dS(b, h, t, j) * component(k, keys, size, [b, h, j, d]));
  });
  const dk = each(length(keys), (i) => {
    const [b, h, t, d] = split(i, keys, size);
    return scale * sumOf(queries, (j) => dS(b, h, j, t) * component(q, queries, size, [b, h, j, d]));
  });
  const dv = each(length(keys), (i) => {
    const [b, h, t, d] = split(i, keys, size);
    return sumOf(queries, (j) => at(headOf(b, h).weights, j * keys + t) * component(dRows, queries, size, [b, h, j, d]));
  });
  return [dq, dk, dv];
}

/** What the first query reads from each key, and its weight of the first key. */
function termsOf({ size, v }: Problem, { headOf }: Solution): [Float64Array, Float64Array] {
  const { batch, heads, keys, headSize } = size;
  const terms = each(batch * keys * heads * headSize, (i) => {
    const [b, h, t, d] = split(i, keys, size);
    return at(headOf(b, h).weights, t) * component(v, keys, size, [b, h, t, d]);
  });
  const own = each(batch * heads * headSize, (i) => {
    const [b, h] = split(i, 1, size);
    return at(headOf(b, h).weights, 0);
  });
  return [terms, own];
}

/** q, k and v in one storage, token by token, when `packed`; else each in its own. `spread` is the size of their numbers. */
function attentionCasesOf(size: AttentionSize, packed: boolean, spread = 1): ConformanceCase[] {
  const { batch, heads, queries, keys, headSize } = size;
  const width = heads * headSize;
  const data = packed
    ? [noise(batch * queries * 3 * width, 31, -spread, spread)]
    : [queries, keys, keys].map((tokens, i) => noise(batch * tokens * width, 32 + i, -spread, spread));
  const rows = <T>(sources: readonly T[], missing: T): { source: T; offset: number; stride: number }[] =>
    [0, 1, 2].map((i) =>
      packed
        ? { source: sources[0] ?? missing, offset: i * width, stride: 3 * width }
        : { source: sources[i] ?? missing, offset: 0, stride: width },
    );
  const [q, k, v] = rows<Numbers>(data, []).map(({ source, ...place }) => ({ data: source, ...place }));
  if (!q || !k || !v) return [];
  const problem = { size, q, k, v };
  const headRows = (inputs: readonly Storage[]): [HeadRows, HeadRows, HeadRows] => {
    const [a, b, c] = rows(inputs, input(inputs, 0)).map(({ source, ...place }) => ({ storage: source, ...place }));
    const missing = { storage: input(inputs, 0), offset: 0, stride: 0 };
    return [a ?? missing, b ?? missing, c ?? missing];
  };
  const dout = noise(batch * queries * width, 35);
  const solution = solve(problem);
  const [out, logSumExp] = [Float32Array.from(solution.out), Float32Array.from(solution.logSumExp)];
  // An error in a score becomes a relative error of its weight, and scores grow with the square of the numbers.
  const tolerance = (sumTolerance(headSize) + sumTolerance(Math.max(queries, keys))) * spread ** 2;
  const shape = `${batch} × ${heads} heads of ${headSize}, ${queries} queries, ${keys} keys`;
  const what = `${packed ? 'packed ' : ''}${shape}${spread === 1 ? '' : `, numbers up to ${spread}`}`;
  return [
    defineCase({
      name: `attention ${what}`,
      inputs: data,
      compute: (backend, inputs) => {
        const result = backend.attention(...headRows(inputs), size);
        return [result.out, result.logSumExp];
      },
      expected: () => [solution.out, solution.logSumExp],
      tolerance,
    }),
    defineCase({
      name: `attentionTerms ${what}`,
      inputs: data,
      compute: (backend, inputs) => {
        const { terms, own } = backend.attentionTerms(...headRows(inputs), size);
        return [terms, own];
      },
      expected: () => termsOf(problem, solution),
      tolerance,
    }),
    defineCase({
      name: `attentionGradient ${what}`,
      inputs: [...data, out, logSumExp, dout],
      compute: (backend, inputs) => {
        const own = inputs.slice(0, data.length);
        const later = (i: number): Storage => input(inputs, data.length + i);
        const { dq, dk, dv } = backend.attentionGradient(...headRows(own), later(0), later(1), later(2), size);
        return [dq, dk, dv];
      },
      expected: () => gradients(problem, solution, dout),
      tolerance,
      // For a single key the exact gradients of q and k are 0.
      ...(keys === 1 ? { floor: 1 } : {}),
    }),
  ];
}

function sized(batch: number, heads: number, queries: number, keys: number, headSize: number): AttentionSize {
  return { batch, heads, queries, keys, headSize, scale: 1 / Math.sqrt(headSize) };
}

/** Attention and its gradients. */
export const attentionCases: readonly ConformanceCase[] = [
  ...SIZES.flatMap((n) => attentionCasesOf(sized(1, 1, n, n, 16), false)),
  ...[1, 3, 32, 63, 64, 65, 80, 128].flatMap((headSize) => attentionCasesOf(sized(1, 2, 17, 17, headSize), true)),
  ...attentionCasesOf(sized(1, 2, 197, 197, 64), true),
  ...attentionCasesOf(sized(3, 3, 65, 65, 32), true),
  ...attentionCasesOf(sized(2, 3, 1, 65, 64), false),
  ...attentionCasesOf(sized(2, 2, 65, 3, 64), false),
  ...attentionCasesOf(sized(1, 2, 63, 130, 64), false),
  ...attentionCasesOf(sized(1, 2, 65, 65, 64), true, 6),
];
