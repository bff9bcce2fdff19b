/**
 * The last block as the class token sees it, and CDAM in closed form.
 *
 * When the head reads the class token alone, nothing else of the last block reaches the output, so one row is computed instead of
 * all. What the other tokens do to it goes through its attention. Per head, with the class token's query q₀, a token's key and value
 * k_i = W_k·T_i + b_k and v_i = W_v·T_i + b_v, and s = 1/√headSize, that row is
 *
 *     a = softmax(s·q₀·k_i over i)        o = Σ_i a_i·v_i
 *
 * CDAM is S_i = T_i·∂f/∂T_i = g·M_i, where g = ∂f/∂o (all heads side by side) and M_i is the derivative of o when T_i is scaled,
 * that is, moves along itself. Then k_i moves along k_i − b_k and v_i along v_i − b_v; the score of token i grows by
 * c_i = s·q₀·(k_i − b_k), and since ∂a_j/∂score_i = a_i·(δ_ij − a_j), the mean o moves by a_i·c_i·(v_i − o). Together
 *
 *     M_i = a_i·[(v_i − b_v) + c_i·(v_i − o)]
 *
 * which does not depend on the target: what token i says by its value, and what it says by drawing attention. (The class token's own
 * query moves only with T₀, which is no patch.) A target adds one row backward through the head, final norm, MLP, norm2 and
 * projection to g, and S = g·Mᵀ. All that is linear in u = ∂f/∂z, z being the latent: the maps of the unit vectors, as the rows of
 * a matrix L, give the map of any target as u·L. L is the picture's explanation basis.
 */
import {
  activate,
  add,
  broadcastTo,
  linear,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  vjp,
} from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';

/** What the class token's attention in the last block sees. */
interface ClassAttention {
  /** Weights, [batch, tokens, heads]; each head sums to 1. */
  readonly weights: Tensor;
  /** s·q₀·(k_i − b_k): how the score changes as the token grows, [batch, tokens, heads]. */
  readonly growth: Tensor;
  /** v, [batch, tokens, heads, headSize]. */
  readonly values: Tensor;
  /** o, [batch, 1, heads, headSize]. */
  readonly mixed: Tensor;
}

/** True when the head reads the class token alone, so that the closed form holds. */
export function readsClassTokenAlone({ config }: VisionTransformer): boolean {
  return config.pool === 'token' && config.classToken && !config.distilledHead;
}

/**
 * The class token's attention in the last block.
 *
 * @param tokens T, which enter the attention: norm1 of the residual stream, [batch, tokens, width]
 */
export function classAttention(vit: VisionTransformer, tokens: Tensor): ClassAttention {
  const { width, heads, depth } = vit.config;
  const [batch = 1, headSize, name] = [tokens.shape[0], width / heads, `blocks.${depth - 1}.attn.qkv`];
  const rows = (from: number, to: number): [Tensor, Tensor | undefined] => {
    const bias = vit.weights[`${name}.bias`];
    return [slice(vit.weight(`${name}.weight`), 0, from, to), bias && slice(bias, 0, from, to)];
  };
  const byHead = (x: Tensor): Tensor => reshape(x, [batch, -1, heads, headSize]);
  return tidy(vit.backend, () => {
    const query = byHead(linear(slice(tokens, 1, 0, 1), ...rows(0, width)));
    const [weight, bias] = rows(width, 3 * width);
    const keysAndValues = linear(tokens, weight, bias);
    const keys = byHead(slice(keysAndValues, 2, 0, width));
    const values = byHead(slice(keysAndValues, 2, width, 2 * width));
    const scaled = mul(query, 1 / Math.sqrt(headSize));
    const scores = sum(mul(scaled, keys), { axes: [3] });
    const weights = softmax(scores, 1);
    const ofBias = bias && sum(mul(scaled, reshape(slice(bias, 0, 0, width), [heads, headSize])), { axes: [3] });
    return {
      weights,
      growth: ofBias ? sub(scores, ofBias) : scores,
      values,
      mixed: sum(mul(reshape(weights, [batch, -1, heads, 1]), values), { axes: [1], keepDims: true }),
    };
  });
}

/** The class token's way through the last block, for a batch of pictures (or of alterations of one), kept so that targets can be pulled back along it. */
export class ClassRow {
  readonly #vit: VisionTransformer;
  /** What the head reads, z: [batch, width]. */
  readonly latent: Tensor;
  /** M_i of the patch tokens, [batch, patches, width]. */
  readonly #messages: Tensor;
  /** Where the row's non-linear steps are, [batch, 1, ...]: before norm2, before the activation, before the final norm. */
  readonly #points: { readonly attended: Tensor; readonly hidden: Tensor; readonly out: Tensor };
  #basis: Tensor | undefined;

  /**
   * @param x the residual stream before the last block, [batch, tokens, width]
   * @param tokens T, where it is not norm1 of x but an alteration of it
   */
  constructor(vit: VisionTransformer, x: Tensor, tokens?: Tensor) {
    this.#vit = vit;
    const { width, depth } = vit.config;
    const made = tidy(vit.backend, () => {
      const attention = classAttention(vit, tokens ?? vit.norm1(depth - 1, x));
      const attended = this.#layer('attn.proj', reshape(attention.mixed, [-1, 1, width]), 'ls1', slice(x, 1, 0, 1));
      const hidden = this.#layer('mlp.fc1', this.#norm2(attended));
      const out = this.#layer('mlp.fc2', activate(hidden, vit.config.activation), 'ls2', attended);
      const kept = { attended, hidden, out, latent: reshape(this.#finalNorm(out), [-1, width]), messages: messagesOf(vit, attention) };
      return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, value.retain()])) as typeof kept;
    });
    this.latent = made.latent;
    this.#messages = made.messages;
    this.#points = made;
  }

  /**
   * Maps of targets given by their gradient with respect to the latent.
   *
   * @param gradients u = ∂f/∂z of each target, [batch, targets, width]
   * @returns [batch, targets, patches]
   */
  maps(gradients: Tensor): Tensor {
    return tidy(this.#vit.backend, () => {
      if ((gradients.shape[1] ?? 0) > this.#vit.config.width) this.makeBasis();
      return this.#basis === undefined
        ? matmul(this.#pullBack(gradients), this.#messages, { transposeB: true })
        : matmul(gradients, this.#basis);
    });
  }

  /** The explanation basis L, [batch, width, patches]: row j is the map of the latent's dimension j. Made once, and used by `maps` from then on. */
  makeBasis(): Tensor {
    const { width } = this.#vit.config;
    this.#basis ??= tidy(this.#vit.backend, () => {
      const unit = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
      const gradients = broadcastTo(tensor(this.#vit.backend, unit, [width, width]), [this.latent.shape[0] ?? 1, width, width]);
      return matmul(this.#pullBack(gradients), this.#messages, { transposeB: true }).retain();
    });
    return this.#basis;
  }

  /** From u = ∂f/∂z to g = ∂f/∂o, a row per target: the chain rule through final norm, MLP, norm2 and projection, from the back. */
  #pullBack(u: Tensor): Tensor {
    const { attended, hidden, out } = this.#points;
    return tidy(this.#vit.backend, () => {
      const dOut = rowwise((x) => this.#finalNorm(x), out, u);
      const dActive = matmul(this.#scaled(dOut, 'ls2'), this.#weight('mlp.fc2.weight'));
      const dHidden = rowwise((x) => activate(x, this.#vit.config.activation), hidden, dActive);
      const dNormalised = matmul(dHidden, this.#weight('mlp.fc1.weight'));
      const dAttended = add(
        dOut,
        rowwise((x) => this.#norm2(x), attended, dNormalised),
      );
      return matmul(this.#scaled(dAttended, 'ls1'), this.#weight('attn.proj.weight'));
    });
  }

  /** Frees everything but the residual stream. */
  dispose(): void {
    for (const tensor of [this.latent, this.#messages, this.#basis, ...Object.values(this.#points)]) tensor?.dispose();
  }

  #weight(name: string): Tensor {
    return this.#vit.weight(`blocks.${this.#vit.config.depth - 1}.${name}`);
  }

  #optional(name: string): Tensor | undefined {
    return this.#vit.weights[`blocks.${this.#vit.config.depth - 1}.${name}`];
  }

  #layer(name: string, x: Tensor, layerScale?: string, residual?: Tensor): Tensor {
    const scale = layerScale === undefined ? undefined : this.#optional(`${layerScale}.gamma`);
    return linear(x, this.#weight(`${name}.weight`), this.#optional(`${name}.bias`), { scale, residual });
  }

  #norm2(x: Tensor): Tensor {
    return this.#vit.norm(`blocks.${this.#vit.config.depth - 1}.norm2`, x);
  }

  #finalNorm(x: Tensor): Tensor {
    return this.#vit.norm(this.#vit.config.finalNorm, x);
  }

  #scaled(gradient: Tensor, layerScale: string): Tensor {
    const scale = this.#optional(`${layerScale}.gamma`);
    return scale === undefined ? gradient : mul(gradient, scale);
  }
}

/** M_i of the patch tokens, all heads side by side: [batch, patches, width]. */
function messagesOf(vit: VisionTransformer, { weights, growth, values, mixed }: ClassAttention): Tensor {
  const { width, heads, depth, prefixTokens } = vit.config;
  const [batch = 1, tokens = 1] = weights.shape;
  const bias = vit.weights[`blocks.${depth - 1}.attn.qkv.bias`];
  const perHead = (x: Tensor): Tensor => reshape(x, [batch, tokens, heads, 1]);
  const byValue = bias ? sub(values, reshape(slice(bias, 0, 2 * width, 3 * width), [heads, width / heads])) : values;
  const byAttention = mul(perHead(growth), sub(values, mixed));
  const messages = reshape(mul(perHead(weights), add(byValue, byAttention)), [batch, tokens, width]);
  return slice(messages, 1, prefixTokens, tokens);
}

/** Pulls rows dy [batch, rows, n] back through f at a point [batch, 1, m] that a batch's rows share. */
function rowwise(f: (x: Tensor) => Tensor, point: Tensor, dy: Tensor): Tensor {
  const [batch = 1, rows = 1] = dy.shape;
  return vjp(f, broadcastTo(point, [batch, rows, point.shape[2] ?? 1]), () => dy).gradient;
}
