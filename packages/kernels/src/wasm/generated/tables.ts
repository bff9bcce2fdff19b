/**
 * What TypeScript knows of the kernels. Made from the files of `assembly` by
 * scripts/compile-wasm.mjs of this package, not by hand.
 */

// biome-ignore-all format: a line for each list of parameters, however long

type Numbers<Name extends string> = Readonly<Record<Name, number>>;

/**
 * For every kernel: its place in this table, by which a command knows it; how many numbers it takes after the three that all take;
 * and the function that brings them from an object, by their names, into the order of its parameters.
 */
export const KERNELS = {
  activationGradient: {
    place: 0,
    count: 4,
    inOrder: ({ op, x, dy, out }: Numbers<'op' | 'x' | 'dy' | 'out'>): number[] => [op, x, dy, out],
  },
  adamW: {
    place: 1,
    count: 12,
    inOrder: ({ parameter, gradient, mean, variance, beta1, rest1, beta2, rest2, keep, rate, correction, epsilon }: Numbers<'parameter' | 'gradient' | 'mean' | 'variance' | 'beta1' | 'rest1' | 'beta2' | 'rest2' | 'keep' | 'rate' | 'correction' | 'epsilon'>): number[] => [parameter, gradient, mean, variance, beta1, rest1, beta2, rest2, keep, rate, correction, epsilon],
  },
  attention: {
    place: 2,
    count: 11,
    inOrder: ({ q, strideQ, panelsK, panelsV, out, logSumExp, heads, queries, keys, headSize, scale }: Numbers<'q' | 'strideQ' | 'panelsK' | 'panelsV' | 'out' | 'logSumExp' | 'heads' | 'queries' | 'keys' | 'headSize' | 'scale'>): number[] => [q, strideQ, panelsK, panelsV, out, logSumExp, heads, queries, keys, headSize, scale],
  },
  attentionDelta: {
    place: 3,
    count: 6,
    inOrder: ({ out, dout, delta, heads, queries, headSize }: Numbers<'out' | 'dout' | 'delta' | 'heads' | 'queries' | 'headSize'>): number[] => [out, dout, delta, heads, queries, headSize],
  },
  attentionGradientKv: {
    place: 4,
    count: 17,
    inOrder: ({ k, strideK, v, strideV, panelsQt, panelsOt, panelsQ, panelsO, logSumExp, delta, dk, dv, heads, queries, keys, headSize, scale }: Numbers<'k' | 'strideK' | 'v' | 'strideV' | 'panelsQt' | 'panelsOt' | 'panelsQ' | 'panelsO' | 'logSumExp' | 'delta' | 'dk' | 'dv' | 'heads' | 'queries' | 'keys' | 'headSize' | 'scale'>): number[] => [k, strideK, v, strideV, panelsQt, panelsOt, panelsQ, panelsO, logSumExp, delta, dk, dv, heads, queries, keys, headSize, scale],
  },
  attentionGradientQ: {
    place: 5,
    count: 14,
    inOrder: ({ q, strideQ, dout, panelsKt, panelsVt, panelsK, logSumExp, delta, dq, heads, queries, keys, headSize, scale }: Numbers<'q' | 'strideQ' | 'dout' | 'panelsKt' | 'panelsVt' | 'panelsK' | 'logSumExp' | 'delta' | 'dq' | 'heads' | 'queries' | 'keys' | 'headSize' | 'scale'>): number[] => [q, strideQ, dout, panelsKt, panelsVt, panelsK, logSumExp, delta, dq, heads, queries, keys, headSize, scale],
  },
  attentionTerms: {
    place: 6,
    count: 13,
    inOrder: ({ q, strideQ, k, strideK, v, strideV, terms, own, heads, queries, keys, headSize, scale }: Numbers<'q' | 'strideQ' | 'k' | 'strideK' | 'v' | 'strideV' | 'terms' | 'own' | 'heads' | 'queries' | 'keys' | 'headSize' | 'scale'>): number[] => [q, strideQ, k, strideK, v, strideV, terms, own, heads, queries, keys, headSize, scale],
  },
  binary: {
    place: 7,
    count: 5,
    inOrder: ({ op, a, b, out, walk }: Numbers<'op' | 'a' | 'b' | 'out' | 'walk'>): number[] => [op, a, b, out, walk],
  },
  copy: {
    place: 8,
    count: 3,
    inOrder: ({ x, out, walk }: Numbers<'x' | 'out' | 'walk'>): number[] => [x, out, walk],
  },
  copyRows: {
    place: 9,
    count: 5,
    inOrder: ({ x, fromStride, out, toStride, length }: Numbers<'x' | 'fromStride' | 'out' | 'toStride' | 'length'>): number[] => [x, fromStride, out, toStride, length],
  },
  full: {
    place: 10,
    count: 2,
    inOrder: ({ out, value }: Numbers<'out' | 'value'>): number[] => [out, value],
  },
  gather: {
    place: 11,
    count: 4,
    inOrder: ({ x, indices, out, width }: Numbers<'x' | 'indices' | 'out' | 'width'>): number[] => [x, indices, out, width],
  },
  layerNorm: {
    place: 12,
    count: 8,
    inOrder: ({ x, gain, bias, y, mean, rstd, n, epsilon }: Numbers<'x' | 'gain' | 'bias' | 'y' | 'mean' | 'rstd' | 'n' | 'epsilon'>): number[] => [x, gain, bias, y, mean, rstd, n, epsilon],
  },
  layerNormGainGradient: {
    place: 13,
    count: 7,
    inOrder: ({ x, mean, rstd, dy, out, rows, n }: Numbers<'x' | 'mean' | 'rstd' | 'dy' | 'out' | 'rows' | 'n'>): number[] => [x, mean, rstd, dy, out, rows, n],
  },
  layerNormGradient: {
    place: 14,
    count: 8,
    inOrder: ({ x, gain, mean, rstd, dy, out, n, held }: Numbers<'x' | 'gain' | 'mean' | 'rstd' | 'dy' | 'out' | 'n' | 'held'>): number[] => [x, gain, mean, rstd, dy, out, n, held],
  },
  matmul: {
    place: 15,
    count: 18,
    inOrder: ({ a, rowStride, columnStride, batchA, panels, batchPanels, out, m, n, k, tileRows, tileColumns, depth, bias, activation, scale, residual, batchResidual }: Numbers<'a' | 'rowStride' | 'columnStride' | 'batchA' | 'panels' | 'batchPanels' | 'out' | 'm' | 'n' | 'k' | 'tileRows' | 'tileColumns' | 'depth' | 'bias' | 'activation' | 'scale' | 'residual' | 'batchResidual'>): number[] => [a, rowStride, columnStride, batchA, panels, batchPanels, out, m, n, k, tileRows, tileColumns, depth, bias, activation, scale, residual, batchResidual],
  },
  matmulThin: {
    place: 16,
    count: 14,
    inOrder: ({ a, batchA, b, batchB, transposeB, out, m, n, k, bias, activation, scale, residual, batchResidual }: Numbers<'a' | 'batchA' | 'b' | 'batchB' | 'transposeB' | 'out' | 'm' | 'n' | 'k' | 'bias' | 'activation' | 'scale' | 'residual' | 'batchResidual'>): number[] => [a, batchA, b, batchB, transposeB, out, m, n, k, bias, activation, scale, residual, batchResidual],
  },
  packPanels: {
    place: 17,
    count: 9,
    inOrder: ({ x, out, depth, columns, rowStride, columnStride, heads, batchStride, headStride }: Numbers<'x' | 'out' | 'depth' | 'columns' | 'rowStride' | 'columnStride' | 'heads' | 'batchStride' | 'headStride'>): number[] => [x, out, depth, columns, rowStride, columnStride, heads, batchStride, headStride],
  },
  reduceColumns: {
    place: 18,
    count: 5,
    inOrder: ({ op, x, out, n, inner }: Numbers<'op' | 'x' | 'out' | 'n' | 'inner'>): number[] => [op, x, out, n, inner],
  },
  reduceRows: {
    place: 19,
    count: 4,
    inOrder: ({ op, x, out, n }: Numbers<'op' | 'x' | 'out' | 'n'>): number[] => [op, x, out, n],
  },
  scatterAdd: {
    place: 20,
    count: 6,
    inOrder: ({ dy, indices, out, count, rows, width }: Numbers<'dy' | 'indices' | 'out' | 'count' | 'rows' | 'width'>): number[] => [dy, indices, out, count, rows, width],
  },
  sgd: {
    place: 21,
    count: 6,
    inOrder: ({ parameter, gradient, velocity, momentum, decay, rate }: Numbers<'parameter' | 'gradient' | 'velocity' | 'momentum' | 'decay' | 'rate'>): number[] => [parameter, gradient, velocity, momentum, decay, rate],
  },
  softmax: {
    place: 22,
    count: 4,
    inOrder: ({ x, y, n, log }: Numbers<'x' | 'y' | 'n' | 'log'>): number[] => [x, y, n, log],
  },
  softmaxGradient: {
    place: 23,
    count: 5,
    inOrder: ({ y, dy, out, n, log }: Numbers<'y' | 'dy' | 'out' | 'n' | 'log'>): number[] => [y, dy, out, n, log],
  },
  unary: {
    place: 24,
    count: 3,
    inOrder: ({ op, x, out }: Numbers<'op' | 'x' | 'out'>): number[] => [op, x, out],
  },
} as const;

/** The numbers by which kernels know functions of one number. */
export const FUNCTION_NUMBERS = {
  exp: 1,
  log: 2,
  neg: 3,
  sqrt: 4,
  sigmoid: 5,
  normalDistribution: 6,
  gelu: 7,
  geluTanh: 8,
  quickGelu: 9,
  silu: 10,
  relu: 11,
  softplus: 12,
} as const;
