/**
 * The attention of the class token in the last block, computed without keys and values.
 *
 * When the head reads the class token alone, only the row of that token in the last attention reaches the output. For each head, with
 * its query q₀, the key k_i = W_k·T_i + b_k and the value v_i = W_v·T_i + b_v of each token, and s = 1/√headSize, the row is
 *
 *     a = softmax(s·q₀·k_i over i)        o = Σ_i a_i·v_i
 *
 * For a single query the keys need not be computed: q₀·k_i = (W_kᵀ·q₀)·T_i + q₀·b_k, and the second term, which is the same for all
 * tokens, does not change the softmax. The values need not be computed either: o = W_v·p + b_v, where p = Σ_i a_i·T_i is the mean of the
 * tokens weighted by the attention (the weights sum to 1). So two products of the tokens with one row for each head replace the products
 * with W_k and W_v.
 *
 * CDAM is S_i = T_i·∂f/∂T_i, the derivative of f when T_i is scaled. Scaling T_i changes its value in the direction v_i − b_v, and its
 * attention score by c_i = s·q₀·(k_i − b_k) = s·(W_kᵀ·q₀)·T_i; since ∂a_j/∂score_i = a_i·(δ_ij − a_j), the latter changes o by
 * a_i·c_i·(v_i − o). With g = ∂f/∂o, e_i = g·(v_i − b_v) and ē = Σ_i a_i·e_i = g·(o − b_v), this gives for each head
 *
 *     S_i = a_i·[e_i + c_i·(e_i − ē)]
 *
 * The first term is the effect of token i through its value, the second its effect through the attention that it draws. The scores of
 * all heads are added. e_i = (W_vᵀ·g)·T_i needs no values either. (The query depends on T₀ alone, and the class token is not a patch.)
 */
import { add, linear, matmul, mul, reshape, slice, softmax, sub, sum, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { AttentionPart, VisionTransformer } from '@cdam/vit';

/** The attention of the class token in the last block, with the letters of the formulas above. */
export interface ClassAttention {
  /** T, [batch, tokens, width]. */
  readonly tokens: Tensor;
  /** a, [batch, heads, tokens]; each head sums to 1. */
  readonly weights: Tensor;
  /** c, the derivative of the attention score of each token when the token is scaled, [batch, heads, tokens]. */
  readonly growth: Tensor;
  /** o, all heads side by side, [batch, 1, width]. */
  readonly mixed: Tensor;
}

/** True when the head reads the class token alone, so that the closed form holds. */
export function readsClassTokenAlone({ config }: VisionTransformer): boolean {
  return config.pool === 'token' && config.classToken && !config.distilledHead;
}

/** Computes the attention of the class token. @param tokens T, norm1 of the residual stream, [batch, tokens, width] */
export function classAttention(vit: VisionTransformer, tokens: Tensor): ClassAttention {
  const block = vit.lastBlock;
  const { width, heads } = vit.config;
  const [batch = 1] = tokens.shape;
  return tidy(vit.backend, () => {
    const query = block.part('query', slice(tokens, 1, 0, 1));
    const scaled = mul(query, 1 / Math.sqrt(width / heads));
    const growth = matmul(throughHeads(vit, 'key', reshape(scaled, [batch, width])), tokens, { transposeB: true });
    const weights = softmax(growth);
    const pooled = swap(matmul(weights, tokens));
    const perHead = reshape(block.weightOfPart('value'), [heads, -1, width]);
    const mixed = reshape(swap(matmul(pooled, perHead, { transposeB: true })), [batch, 1, width]);
    const bias = block.biasOfPart('value');
    return { tokens, weights, growth, mixed: bias === undefined ? mixed : add(mixed, bias) };
  });
}

/**
 * e_i = g·(v_i − b_v) for each head.
 *
 * @param g a vector for each target, all heads side by side, [batch, targets, width]
 * @returns [batch, targets, heads, tokens]
 */
function alongValues(vit: VisionTransformer, { tokens }: ClassAttention, g: Tensor): Tensor {
  const { width, heads } = vit.config;
  const [batch = 1, targets = 1] = g.shape;
  return tidy(vit.backend, () => {
    const directions = reshape(throughHeads(vit, 'value', reshape(g, [batch * targets, width])), [batch, targets * heads, width]);
    return reshape(matmul(directions, tokens, { transposeB: true }), [batch, targets, heads, -1]);
  });
}

/**
 * The scores S_i of the patches, from g.
 *
 * @param g ∂f/∂o of each target, [batch, targets, width]
 * @returns [batch, targets, patches]
 */
export function scoresAlong(vit: VisionTransformer, attention: ClassAttention, g: Tensor): Tensor {
  const [batch = 1, heads = 1, tokens = 1] = attention.weights.shape;
  return tidy(vit.backend, () => {
    const [weights, growth] = [attention.weights, attention.growth].map((x) => reshape(x, [batch, 1, heads, tokens])) as [Tensor, Tensor];
    const along = alongValues(vit, attention, g);
    const mean = sum(mul(weights, along), { axes: [3], keepDims: true });
    const byAttention = mul(growth, sub(along, mean));
    const scores = sum(mul(weights, add(along, byAttention)), { axes: [2] });
    return slice(scores, 2, vit.config.prefixTokens, tokens);
  });
}

/**
 * M_i = a_i·[(v_i − b_v) + c_i·(v_i − o)] of the patches, all heads side by side, so that S_i = g·M_i for any g. The values have to be
 * computed for it, which is worth it for many targets.
 *
 * @returns [batch, patches, width]
 */
export function messagesOf(vit: VisionTransformer, { tokens, weights, growth, mixed }: ClassAttention): Tensor {
  const { width, heads, prefixTokens } = vit.config;
  const [batch = 1, count = 1] = tokens.shape;
  return tidy(vit.backend, () => {
    const perToken = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1]), [batch, count, heads, 1]);
    const byHead = (x: Tensor): Tensor => reshape(x, [batch, -1, heads, width / heads]);
    const bias = vit.lastBlock.biasOfPart('value');
    const values = byHead(linear(tokens, vit.lastBlock.weightOfPart('value')));
    const mean = byHead(bias === undefined ? mixed : sub(mixed, bias));
    const moved = add(values, mul(perToken(growth), sub(values, mean)));
    const messages = reshape(mul(perToken(weights), moved), [batch, count, width]);
    return slice(messages, 1, prefixTokens, count);
  });
}

/** Wᵀ·x for each head, [rows, heads, width]. @param x rows with all heads side by side, [rows, width] */
function throughHeads(vit: VisionTransformer, part: AttentionPart, x: Tensor): Tensor {
  const { width, heads } = vit.config;
  const weight = reshape(vit.lastBlock.weightOfPart(part), [heads, width / heads, width]);
  return swap(matmul(swap(reshape(x, [-1, heads, width / heads])), weight));
}

/** Exchanges the first two of three axes. */
function swap(x: Tensor): Tensor {
  const [a = 1, b = 1, c = 1] = x.shape;
  return a === 1 || b === 1 ? reshape(x, [b, a, c]) : transpose(x, [1, 0, 2]);
}
