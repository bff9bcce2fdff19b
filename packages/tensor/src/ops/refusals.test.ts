/**
 * What operations refuse. The message begins with the name of the function that was called and says what is wrong with which value; the
 * code says what kind of mistake it is.
 */
import { describe, expect, it } from 'vitest';
import {
  type Activation,
  activate,
  add,
  attention,
  attentionTerms,
  attentionWithWeights,
  broadcastTo,
  concat,
  createReferenceBackend,
  div,
  type ErrorCode,
  equal,
  full,
  gateOf,
  gather,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  max,
  mean,
  mul,
  patchEmbed,
  patchify,
  reshape,
  type Shape,
  selfAttention,
  slice,
  softmax,
  sum,
  type Tensor,
  TensorError,
  unpatchify,
} from '../index.ts';

const backend = createReferenceBackend();
const elsewhere = createReferenceBackend();
const ones = (...shape: number[]): Tensor => full(backend, shape, 1);
const foreign = (...shape: number[]): Tensor => full(elsewhere, shape, 1);
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

type Refusal = readonly [name: string, run: () => unknown, code: ErrorCode, message: string];

const ofArithmetic: readonly Refusal[] = [
  ['no tensor at all', () => add(1, 2), 'argument', 'add: one operand must be a tensor; got 1 and 2'],
  ['an operand that is missing', () => mul(ones(2), undefined as unknown as number), 'argument', 'mul: an operand is undefined'],
  ['an operand that is no number', () => div(ones(2), nan), 'argument', 'div: an operand is NaN'],
  ['operands of two backends', () => add(ones(2), foreign(2)), 'argument', 'add: the inputs live on two backends'],
  ['equality on two backends', () => equal(ones(2), foreign(2)), 'argument', 'equal: the inputs live on two backends'],
  ['the gate of an unknown activation', () => gateOf(ones(2), 'tanh' as Activation), 'argument', 'gateOf: there is no activation'],
  ['an unknown activation', () => activate(ones(2), 'tanh' as Activation), 'argument', 'activate: there is no activation "tanh"'],
];

const ofAxes: readonly Refusal[] = [
  ['a mean over an axis that is missing', () => mean(ones(2, 3), { axes: [2] }), 'shape', 'mean: axis 2 is out of range'],
  ['a maximum over half an axis', () => max(ones(2, 3), { axes: [0.5] }), 'shape', 'max: axis 0.5 is out of range'],
  ['a sum over an axis of a scalar', () => sum(ones(), { axes: [0] }), 'shape', 'sum: axis 0 is out of range for a tensor of shape []'],
  ['a softmax of a scalar', () => softmax(ones()), 'shape', 'softmax: axis -1 is out of range for a tensor of shape []'],
  ['a softmax over axis NaN', () => logSoftmax(ones(2), nan), 'shape', 'logSoftmax: axis NaN is out of range'],
  ['stretching to nothing', () => broadcastTo(ones(1), [0]), 'shape', 'broadcastTo: the shape [0] has'],
  ['stretching to a negative extent', () => broadcastTo(ones(1), [-2]), 'shape', 'broadcastTo: the shape [-2] has'],
];

const ofMovement: readonly Refusal[] = [
  ['two open extents', () => reshape(ones(4), [-1, -1]), 'shape', 'reshape: [4] has 4 elements, which do not fill [-1, -1]'],
  ['an extent beside zero', () => reshape(ones(4), [0, -1]), 'shape', 'reshape: [4] has 4 elements, which do not fill [0, -1]'],
  ['half a start', () => slice(ones(4), 0, 0.5, 2), 'shape', 'slice: [0.5, 2) is not'],
  ['an end that is not a number', () => slice(ones(4), 0, 0, nan), 'shape', 'slice: [0, NaN) is not'],
  ['an empty list', () => concat([], 0), 'argument', 'concat: the list of tensors is empty'],
  ['scalars one after another', () => concat([ones(), ones()], 0), 'shape', 'concat: axis 0 is out of range'],
  ['parts on two backends', () => concat([ones(2), foreign(2)], 0), 'argument', 'concat: the inputs live on two backends'],
  ['rows beyond 32 bits', () => gather(ones(4, 2), [2 ** 32]), 'argument', 'gather: 4294967296 does not name rows'],
  ['a row that is missing from the list', () => gather(ones(4, 2), [undefined as unknown as number]), 'argument', 'gather: undefined'],
  ['no rows', () => gather(ones(4, 2), []), 'argument', 'gather: an empty list does not name rows'],
  ['rows of a scalar', () => gather(ones(), [0]), 'argument', 'gather: 0 does not name rows of a tensor of shape []'],
  ['patches of a negative height', () => patchify(ones(1, 3, 4, 4), [-2, 2]), 'argument', 'patchify: patches of -2×2'],
  ['patches of a fractional width', () => patchify(ones(1, 3, 4, 4), [2, 0.5]), 'argument', 'patchify: patches of 2×0.5'],
  ['a picture without a batch', () => patchify(ones(3, 4, 4), [2, 2]), 'shape', 'patchify: pictures have the shape'],
  ['patches of another size', () => unpatchify(ones(1, 2, 24), [1, 3, 4, 4], [2, 2]), 'shape', 'unpatchify: patches [1, 2, 24]'],
  ['too few patches', () => unpatchify(ones(1, 2, 12), [1, 3, 4, 4], [2, 2]), 'shape', 'unpatchify: patches [1, 2, 12]'],
  ['a negative picture', () => unpatchify(ones(1, 4, 12), [-1, 3, -4, 4], [2, 2]), 'shape', 'unpatchify: the shape [-1, 3, -4, 4] has'],
];

const rows = { shape: [2, 5, 12] as const, options: { heads: 2 } };
const attentionOf = (q: Shape, k: Shape, v: Shape, options = rows.options): (() => unknown)[] =>
  [attention, attentionWithWeights].map((op) => () => op(full(backend, q, 1), full(backend, k, 1), full(backend, v, 1), options));

const ofAttention: readonly Refusal[] = [
  ...(
    [
      ['q of rank 2', attentionOf([5, 12], rows.shape, rows.shape), 'shape', 'q [5, 12], k [2, 5, 12] and v [2, 5, 12] must be'],
      ['q of rank 4', attentionOf([1, 2, 5, 12], rows.shape, rows.shape), 'shape', 'q [1, 2, 5, 12]'],
      ['another batch', attentionOf(rows.shape, [3, 5, 12], [3, 5, 12]), 'shape', 'q [2, 5, 12], k [3, 5, 12]'],
      ['v unlike k', attentionOf(rows.shape, rows.shape, [2, 6, 12]), 'shape', 'q [2, 5, 12], k [2, 5, 12] and v [2, 6, 12]'],
      ['5 heads', attentionOf(rows.shape, rows.shape, rows.shape, { heads: 5 }), 'argument', '5 heads do not divide a width of 12'],
      ['no heads', attentionOf(rows.shape, rows.shape, rows.shape, { heads: 0 }), 'argument', '0 heads do not divide'],
      ['half heads', attentionOf(rows.shape, rows.shape, rows.shape, { heads: 1.5 }), 'argument', '1.5 heads do not divide'],
      ['a scale of NaN', attentionOf(rows.shape, rows.shape, rows.shape, { heads: 2, scale: nan } as never), 'argument', 'scale is NaN'],
    ] as const
  ).flatMap(([name, runs, code, message]) =>
    runs.map((run, i): Refusal => {
      const op = ['attention', 'attentionWithWeights'][i] ?? '';
      return [`${op} of ${name}`, run, code, `${op}: ${message}`];
    }),
  ),
  ['keys elsewhere', () => attention(ones(1, 2, 4), foreign(1, 2, 4), ones(1, 2, 4), { heads: 1 }), 'argument', 'attention: the inputs'],
  [
    'values elsewhere',
    () => attentionWithWeights(ones(1, 2, 4), ones(1, 2, 4), foreign(1, 2, 4), { heads: 1 }),
    'argument',
    'attentionWithWeights: the inputs live on two backends',
  ],
  [
    'packed tokens of rank 4',
    () => selfAttention(ones(1, 2, 6, 5), { heads: 1 }),
    'shape',
    'selfAttention: qkv has the shape [1, 2, 6, 5]',
  ],
  ['packed tokens of rank 2', () => selfAttention(ones(2, 6), { heads: 1 }), 'shape', 'selfAttention: qkv has the shape [2, 6]'],
  [
    'a packed width of 20',
    () => selfAttention(ones(1, 2, 20), { heads: 2 }),
    'argument',
    'selfAttention: 2 heads do not divide a width of 20',
  ],
  ['a width of 9 in 2 heads', () => selfAttention(ones(1, 2, 9), { heads: 2 }), 'argument', 'selfAttention: 2 heads do not divide'],
  ['terms of rank 2', () => attentionTerms(ones(2, 6), { heads: 1 }), 'shape', 'attentionTerms: qkv has the shape [2, 6]'],
  ['terms of 2 heads', () => attentionTerms(ones(1, 2, 9), { heads: 2 }), 'argument', 'attentionTerms: 2 heads do not divide'],
  ['an infinite scale', () => selfAttention(ones(1, 2, 6), { heads: 2, scale: infinity }), 'argument', 'selfAttention: scale is Infinity'],
];

const weight = ones(4, 3);
const ofLayers: readonly Refusal[] = [
  ['a product with a vector', () => matmul(ones(3), ones(3, 2)), 'shape', 'matmul: [3] and [3, 2] cannot be multiplied: both need'],
  ['a scale of another width', () => linear(ones(2, 3), weight, undefined, { scale: ones(3) }), 'shape', 'linear: a scale [3]'],
  [
    'a row of scales that is not there',
    () => linear(ones(2, 3), weight, undefined, { scale: ones(2, 4), scaleRow: 2 }),
    'shape',
    'linear: row 2 of a scale [2, 4]',
  ],
  ['a scale elsewhere', () => linear(ones(2, 3), weight, undefined, { scale: foreign(4) }), 'argument', 'linear: the inputs live'],
  ['a residual of one row', () => linear(ones(2, 3), weight, undefined, { residual: ones(1, 4) }), 'shape', 'linear: a residual [1, 4]'],
  ['an unknown name', () => linear(ones(2, 3), weight, undefined, { activation: 'tanh' as Activation }), 'argument', 'linear: there is no'],
  ['an epsilon of 0', () => layerNorm(ones(2, 3), ones(3), ones(3), 0), 'argument', 'layerNorm: epsilon is 0'],
  ['a negative epsilon', () => layerNorm(ones(2, 3), ones(3), ones(3), -1e-6), 'argument', 'layerNorm: epsilon is -0.000001'],
  ['no epsilon', () => layerNorm(ones(2, 3), ones(3), ones(3), nan), 'argument', 'layerNorm: epsilon is NaN'],
  ['a scalar', () => layerNorm(ones(), ones(1), ones(1), 1e-6), 'shape', 'layerNorm: gain [1] and bias [1] do not fit rows of []'],
  ['a picture of rank 3', () => patchEmbed(ones(4, 3, 4), ones(5, 3, 2, 2)), 'shape', 'patchEmbed: pictures have the shape'],
  ['a picture of 5 rows', () => patchEmbed(ones(1, 3, 5, 4), ones(5, 3, 2, 2)), 'shape', 'patchEmbed: patches of 2×2 do not divide'],
  ['a bias too long', () => patchEmbed(ones(1, 3, 4, 4), ones(5, 3, 2, 2), ones(6)), 'shape', 'patchEmbed: pictures [1, 3, 4, 4]'],
  ['a weight elsewhere', () => patchEmbed(ones(1, 3, 4, 4), foreign(5, 3, 2, 2)), 'argument', 'patchEmbed: the inputs live'],
];

describe.each(Object.entries({ ofArithmetic, ofAxes, ofMovement, ofAttention, ofLayers }))('%s, refused is', (_, refusals) => {
  it.each(refusals)('%s', (_, run, code, message) => {
    expect(run).toThrow(TensorError);
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(startOf(message)) }));
  });
});

function startOf(message: string): RegExp {
  return new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}
