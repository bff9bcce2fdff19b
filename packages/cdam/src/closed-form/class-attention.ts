/**
 * The last block's attention as the class token sees it, without a key or a value.
 *
 * When the head reads the class token alone, only that token's row of the last attention reaches the output. Per head, with its
 * query q₀, a token's key and value k_i = W_k·T_i + b_k and v_i = W_v·T_i + b_v, and s = 1/√headSize, the row is
 *
 *     a = softmax(s·q₀·k_i over i)        o = Σ_i a_i·v_i
 *
 * One query does not need the keys one by one: q₀·k_i = (W_kᵀ·q₀)·T_i + q₀·b_k, whose second term is the same for all tokens, and
 * softmax does not see it. Nor does it need the values: o = W_v·p + b_v, where p = Σ_i a_i·T_i is the mean of the tokens that the head
 * attends to (the weights sum to 1). So two products with the tokens, as many rows as there are heads, stand for those with W_k and W_v.
 *
 * CDAM is S_i = T_i·∂f/∂T_i. It asks how o moves when T_i is scaled, that is, moves along itself: v_i moves along v_i − b_v, the score of
 * token i grows by c_i = s·q₀·(k_i − b_k) = s·(W_kᵀ·q₀)·T_i, and since ∂a_j/∂score_i = a_i·(δ_ij − a_j), the mean o moves by
 * a_i·c_i·(v_i − o). With g = ∂f/∂o, e_i = g·(v_i − b_v) and ē = Σ_i a_i·e_i = g·(o − b_v), that is, per head,
 *
 *     S_i = a_i·[e_i + c_i·(e_i − ē)]
 *
 * what token i says by its value, and what it says by drawing attention; heads add up. The e_i again need no values:
 * e_i = (W_vᵀ·g)·T_i. (The class token's own query moves only with T₀, which is no patch.)
 */
import { add, linear, matmul, mul, reshape, slice, softmax, sub, sum, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { AttentionPart, Block, VisionTransformer } from '@cdam/vit';

/** What the class token's attention in the last block does with the tokens. */
export interface ClassAttention {
  /** T, [batch, tokens, width]. */
  readonly tokens: Tensor;
  /** a, [batch, heads, tokens]; each head sums to 1. */
  readonly weights: Tensor;
  /** c, how a token's score changes as the token grows, [batch, heads, tokens]. */
  readonly growth: Tensor;
  /** o, all heads side by side, [batch, 1, width]. */
  readonly mixed: Tensor;
}

/** True when the head reads the class token alone, so that the closed form holds. */
export function readsClassTokenAlone({ config }: VisionTransformer): boolean {
  return config.pool === 'token' && config.classToken && !config.distilledHead;
}

/** @param tokens T, which enter the attention: norm1 of the residual stream, [batch, tokens, width] */
export function classAttention(vit: VisionTransformer, tokens: Tensor, block: Block = vit.lastBlock): ClassAttention {
  const { width, heads } = vit.config;
  const [batch = 1] = tokens.shape;
  return tidy(vit.backend, () => {
    const query = block.part('query', slice(tokens, 1, 0, 1));
    const scaled = mul(query, 1 / Math.sqrt(width / heads));
    const growth = matmul(throughHeads(vit, block, 'key', reshape(scaled, [batch, width])), tokens, { transposeB: true });
    const weights = softmax(growth);
    const pooled = swap(matmul(weights, tokens));
    const perHead = reshape(block.weightOfPart('value'), [heads, -1, width]);
    const mixed = reshape(swap(matmul(pooled, perHead, { transposeB: true })), [batch, 1, width]);
    const bias = block.biasOfPart('value');
    return { tokens, weights, growth, mixed: bias === undefined ? mixed : add(mixed, bias) };
  });
}

/**
 * e_i = g·(v_i − b_v), per head.
 *
 * @param g a vector for each target, all heads side by side, [batch, targets, width]
 * @returns [batch, targets, heads, tokens]
 */
export function alongValues(vit: VisionTransformer, { tokens }: ClassAttention, g: Tensor, block: Block = vit.lastBlock): Tensor {
  const { width, heads } = vit.config;
  const [batch = 1, targets = 1] = g.shape;
  return tidy(vit.backend, () => {
    const directions = reshape(throughHeads(vit, block, 'value', reshape(g, [batch * targets, width])), [batch, targets * heads, width]);
    return reshape(matmul(directions, tokens, { transposeB: true }), [batch, targets, heads, -1]);
  });
}

/**
 * S of the patch tokens, from g.
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
 * M_i = a_i·[(v_i − b_v) + c_i·(v_i − o)] of the patch tokens, all heads side by side, so that S_i = g·M_i for any g: for as many
 * targets that making the values pays.
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

/** Wᵀ·x per head: from rows x with all heads side by side, [rows, width], to one row of the tokens' space per head, [rows, heads, width]. */
function throughHeads(vit: VisionTransformer, block: Block, part: AttentionPart, x: Tensor): Tensor {
  const { width, heads } = vit.config;
  const weight = reshape(block.weightOfPart(part), [heads, width / heads, width]);
  return swap(matmul(swap(reshape(x, [-1, heads, width / heads])), weight));
}

/** Exchanges the first two of three axes. */
function swap(x: Tensor): Tensor {
  const [a = 1, b = 1, c = 1] = x.shape;
  return a === 1 || b === 1 ? reshape(x, [b, a, c]) : transpose(x, [1, 0, 2]);
}
