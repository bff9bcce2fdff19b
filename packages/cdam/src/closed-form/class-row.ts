/**
 * The row of the class token in the last block, and CDAM in closed form: the chain rule along this one row.
 *
 * For a target f, one row goes backward through final norm, MLP, norm2 and projection to g = ∂f/∂o, and the map is linear in g
 * (class-attention.ts has the derivation). All of it is linear in u = ∂f/∂z, where z is the latent. So the maps of the unit vectors, as
 * the rows of a matrix L, give the map of any target as u·L. L is the explanation basis of the picture.
 */
import { add, broadcastTo, matmul, mul, type Rule, reshape, slice, type Tensor, tensor, tidy, vjp } from '@cdam/tensor';
import type { Layer, VisionTransformer } from '@cdam/vit';
import { type ClassAttention, classAttention, messagesOf, scoresAlong } from './class-attention.ts';

/**
 * The row of the class token in the last block, for a batch of pictures or of altered copies of one. It keeps the tensors from which the
 * maps of any targets are computed.
 */
export class ClassRow {
  readonly #vit: VisionTransformer;
  /** The latent z, which the head reads: [batch, width]. */
  readonly latent: Tensor;
  readonly #attention: ClassAttention;
  /** The inputs of the non-linear steps of the row, [batch, 1, ...]: of norm2, of the activation and of the final norm. */
  readonly #points: { readonly attended: Tensor; readonly hidden: Tensor; readonly out: Tensor };
  #basis: Tensor | undefined;

  /**
   * @param stream the residual stream before the last block, [batch, prefixTokens + patches, width]
   * @param tokens T, in the same shape, where it is not norm1 of the stream but an alteration of it
   */
  constructor(vit: VisionTransformer, stream: Tensor, tokens?: Tensor) {
    this.#vit = vit;
    const block = vit.lastBlock;
    const made = tidy(vit.backend, () => {
      const attention = classAttention(vit, tokens ?? block.norm1(stream));
      const attended = block.project(attention.mixed, slice(stream, 1, 0, 1));
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
   * The maps of targets, from their gradients with respect to the latent.
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
      // scoresAlong computes one row for each target and head. When these are more than the width, it is cheaper to compute the values.
      return targets * heads > width
        ? matmul(g, messagesOf(this.#vit, this.#attention), { transposeB: true })
        : scoresAlong(this.#vit, this.#attention, g);
    });
  }

  /** The explanation basis L, [batch, width, patches]: row j is the map of z_j. It is made once, and `maps` then uses it. */
  makeBasis(): Tensor {
    this.#basis ??= tidy(this.#vit.backend, () => {
      const gradients = unitRows(this.#vit, this.latent.shape[0] ?? 1);
      return matmul(this.#pullBack(gradients), messagesOf(this.#vit, this.#attention), { transposeB: true }).retain();
    });
    return this.#basis;
  }

  /** From u = ∂f/∂z to g = ∂f/∂o, one row for each target: the chain rule through final norm, MLP, norm2 and projection. */
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

  /** Frees all tensors of the row; the residual stream is not one of them. */
  dispose(): void {
    for (const tensor of [this.latent, this.#basis, ...Object.values(this.#attention), ...Object.values(this.#points)]) tensor?.dispose();
  }
}

/** The gradient of the input of a layer, (dy ⊙ scale)·weight, from that of its output, dy [..., out]. */
export function backThrough({ weight, scale }: Layer, dy: Tensor): Tensor {
  return matmul(scale === undefined ? dy : mul(dy, scale), weight);
}

/** The gradients whose maps are the rows of a basis, ∂f/∂z of f = z_j for every j: an identity matrix for each picture, [batch, width, width]. */
export function unitRows(vit: VisionTransformer, batch: number): Tensor {
  const { width } = vit.config;
  const unit = new Float32Array(width * width);
  for (let i = 0; i < width; i++) unit[i * (width + 1)] = 1;
  return broadcastTo(tensor(vit.backend, unit, [width, width]), [batch, width, width]);
}

/** The same record of tensors, which no scope frees any more. */
export function retained<T extends object>(tensors: T): T {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]: [string, Tensor]) => [name, tensor.retain()])) as T;
}

/** The gradients of the input of f from those of its output, dy [batch, rows, n], at a point [batch, 1, m] that all rows share. */
export function rowwise(f: (x: Tensor) => Tensor, point: Tensor, dy: Tensor, rule?: Rule): Tensor {
  const [batch = 1, rows = 1] = dy.shape;
  return vjp(f, broadcastTo(point, [batch, rows, point.shape[2] ?? 1]), () => dy, rule).gradient;
}
