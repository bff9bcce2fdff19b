/**
 * The class token's way through the last block, and CDAM in closed form: the chain rule along one row.
 *
 * A target f adds one row backward through the head, final norm, MLP, norm2 and projection to g = ∂f/∂o, and its map is linear in g
 * (class-attention.ts has the derivation). All of it is linear in u = ∂f/∂z, z being the latent: the maps of the unit vectors, as the
 * rows of a matrix L, give the map of any target as u·L. L is the picture's explanation basis.
 */
import { activate, add, broadcastTo, linear, matmul, mul, reshape, slice, type Tensor, tensor, tidy, vjp } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { type ClassAttention, classAttention, messagesOf, scoresAlong } from './class-attention.ts';

/** The row of the class token, for a batch of pictures (or of alterations of one), kept so that targets can be pulled back along it. */
export class ClassRow {
  readonly #vit: VisionTransformer;
  /** What the head reads, z: [batch, width]. */
  readonly latent: Tensor;
  readonly #attention: ClassAttention;
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
      const attended = this.#layer('attn.proj', attention.mixed, 'ls1', slice(x, 1, 0, 1));
      const hidden = this.#layer('mlp.fc1', this.#norm2(attended));
      const out = this.#layer('mlp.fc2', activate(hidden, vit.config.activation), 'ls2', attended);
      const latent = reshape(this.#finalNorm(out), [-1, width]);
      return { latent: latent.retain(), attention: retained(attention), points: retained({ attended, hidden, out }) };
    });
    this.latent = made.latent;
    this.#attention = made.attention;
    this.#points = made.points;
  }

  /**
   * Maps of targets given by their gradient with respect to the latent.
   *
   * @param gradients u = ∂f/∂z of each target, [batch, targets, width]
   * @returns [batch, targets, patches]
   */
  maps(gradients: Tensor): Tensor {
    const { heads, width } = this.#vit.config;
    const [, targets = 0] = gradients.shape;
    return tidy(this.#vit.backend, () => {
      if (targets > width) this.makeBasis();
      if (this.#basis !== undefined) return matmul(gradients, this.#basis);
      const g = this.#pullBack(gradients);
      // A target costs as many rows as there are heads; from so many on, making all values and messages costs less.
      return targets * heads > width
        ? matmul(g, messagesOf(this.#vit, this.#attention), { transposeB: true })
        : scoresAlong(this.#vit, this.#attention, g);
    });
  }

  /** The explanation basis L, [batch, width, patches]: row j is the map of z_j. Made once, and used by `maps` from then on. */
  makeBasis(): Tensor {
    const { width } = this.#vit.config;
    this.#basis ??= tidy(this.#vit.backend, () => {
      const unit = new Float32Array(width * width);
      for (let i = 0; i < width; i++) unit[i * (width + 1)] = 1;
      const gradients = broadcastTo(tensor(this.#vit.backend, unit, [width, width]), [this.latent.shape[0] ?? 1, width, width]);
      return matmul(this.#pullBack(gradients), messagesOf(this.#vit, this.#attention), { transposeB: true }).retain();
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
    for (const tensor of [this.latent, this.#basis, ...Object.values(this.#attention), ...Object.values(this.#points)]) tensor?.dispose();
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

/** The same record of tensors, owned by no scope. */
function retained<T extends object>(tensors: T): T {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]: [string, Tensor]) => [name, tensor.retain()])) as T;
}

/** Pulls rows dy [batch, rows, n] back through f at a point [batch, 1, m] that a batch's rows share. */
function rowwise(f: (x: Tensor) => Tensor, point: Tensor, dy: Tensor): Tensor {
  const [batch = 1, rows = 1] = dy.shape;
  return vjp(f, broadcastTo(point, [batch, rows, point.shape[2] ?? 1]), () => dy).gradient;
}
