/**
 * The class token's way through the last block, and CDAM in closed form: the chain rule along one row.
 *
 * A target f adds one row backward through the head, final norm, MLP, norm2 and projection to g = ∂f/∂o, and its map is linear in g
 * (class-attention.ts has the derivation). All of it is linear in u = ∂f/∂z, z being the latent: the maps of the unit vectors, as the
 * rows of a matrix L, give the map of any target as u·L. L is the picture's explanation basis.
 */
import { add, broadcastTo, matmul, mul, type Rule, reshape, slice, type Tensor, tensor, tidy, vjp } from '@cdam/tensor';
import type { Layer, VisionTransformer } from '@cdam/vit';
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
    const block = vit.lastBlock;
    const made = tidy(vit.backend, () => {
      const attention = classAttention(vit, tokens ?? block.norm1(x));
      const attended = block.project(attention.mixed, slice(x, 1, 0, 1));
      const hidden = block.expand(block.norm2(attended));
      const out = block.contract(block.activate(hidden), attended);
      const latent = reshape(vit.finalNorm(out), [-1, vit.config.width]);
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
    const block = this.#vit.lastBlock;
    return tidy(this.#vit.backend, () => {
      const dOut = rowwise((x) => this.#vit.finalNorm(x), out, u);
      const dHidden = rowwise((x) => block.activate(x), hidden, backThrough(block.fc2, dOut));
      const dNormalised = backThrough(block.fc1, dHidden);
      const dAttended = add(
        dOut,
        rowwise((x) => block.norm2(x), attended, dNormalised),
      );
      return backThrough(block.proj, dAttended);
    });
  }

  /** Frees everything but the residual stream. */
  dispose(): void {
    for (const tensor of [this.latent, this.#basis, ...Object.values(this.#attention), ...Object.values(this.#points)]) tensor?.dispose();
  }
}

/** @internal The gradient of a layer's input from that of its output, [..., out]: that is (dy ⊙ scale)·weight. */
export function backThrough({ weight, scale }: Layer, dy: Tensor): Tensor {
  return matmul(scale === undefined ? dy : mul(dy, scale), weight);
}

/** @internal The same record of tensors, owned by no scope. */
export function retained<T extends object>(tensors: T): T {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]: [string, Tensor]) => [name, tensor.retain()])) as T;
}

/** @internal Pulls rows dy [batch, rows, n] back through f at a point [batch, 1, m] that a batch's rows share. */
export function rowwise(f: (x: Tensor) => Tensor, point: Tensor, dy: Tensor, rule?: Rule): Tensor {
  const [batch = 1, rows = 1] = dy.shape;
  return vjp(f, broadcastTo(point, [batch, rows, point.shape[2] ?? 1]), () => dy, rule).gradient;
}
