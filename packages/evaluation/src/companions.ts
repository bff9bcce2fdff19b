/**
 * Chooses pictures of other classes for mosaics.
 */
import { Random } from '@cdam/tensor';
import { type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import { COMPANIONS, look } from 'cdam';
import { EvaluationError } from './errors.ts';
import type { EvaluationImage, EvaluationPlan } from './plan.ts';

/** Chooses companions at random from all pictures of the evaluation, so that they do not depend on the part that is measured. */
export class Companions {
  readonly #vit: VisionTransformer;
  readonly #images: readonly EvaluationImage[];
  readonly #plan: Pick<EvaluationPlan, 'target' | 'seed'>;
  readonly #classes = new Map<number, number | undefined>();

  /** @param images the pictures of all parts */
  constructor(vit: VisionTransformer, images: readonly EvaluationImage[], plan: Pick<EvaluationPlan, 'target' | 'seed'>) {
    this.#vit = vit;
    this.#images = images;
    this.#plan = plan;
  }

  /**
   * The inputs of three pictures whose classes differ from `target` and from each other; fewer when there are no more. Pictures that
   * cannot be read are skipped.
   *
   * @param index of the picture that needs companions
   * @param target class index
   * @returns [channels, inputHeight, inputWidth] each
   */
  async find(index: number, target: number): Promise<Float32Array[]> {
    const order = new Random(this.#plan.seed + index).shuffle(this.#images.filter((image) => image.index !== index));
    const [found, taken] = [[] as Float32Array[], new Set<number | undefined>([target, undefined])];
    for (const image of order) {
      if (found.length === COMPANIONS) break;
      const own = await this.#classOf(image);
      const picture = taken.has(own) ? undefined : await readIfPossible(image);
      if (picture === undefined) continue;
      taken.add(own);
      found.push(preprocess(picture, this.#vit.config).pixels);
    }
    return found;
  }

  async #classOf(image: EvaluationImage): Promise<number | undefined> {
    if (this.#plan.target === 'label' && image.label !== undefined) return image.label;
    if (!this.#classes.has(image.index)) this.#classes.set(image.index, await this.#predict(image));
    return this.#classes.get(image.index);
  }

  async #predict(image: EvaluationImage): Promise<number | undefined> {
    const picture = await readIfPossible(image);
    if (picture === undefined) return undefined;
    using view = look(this.#vit, picture);
    return (await view.predictions(1))[0]?.index;
  }
}

async function readIfPossible(image: EvaluationImage): Promise<Picture | undefined> {
  return await image.read().catch((error: unknown) => {
    if (error instanceof EvaluationError && error.code === 'picture') return undefined;
    throw error;
  });
}
