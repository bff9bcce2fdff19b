/**
 * Pictures of other classes, for mosaics.
 */
import { Random } from '@cdam/tensor';
import { preprocess, type VisionTransformer } from '@cdam/vit';
import { look } from 'cdam';
import { CliError } from '../errors.ts';
import { readPicture } from '../image-files.ts';
import type { BenchImage } from './images.ts';

/** A mosaic has four cells. */
const WANTED = 3;

/** Chooses companions by lot from all pictures of the benchmark, so that they are the same in whichever part a picture is measured. */
export class Companions {
  readonly #vit: VisionTransformer;
  readonly #images: readonly BenchImage[];
  readonly #target: 'predicted' | 'label';
  readonly #seed: number;
  readonly #classes = new Map<number, number | undefined>();

  constructor(vit: VisionTransformer, images: readonly BenchImage[], target: 'predicted' | 'label', seed: number) {
    this.#vit = vit;
    this.#images = images;
    this.#target = target;
    this.#seed = seed;
  }

  /**
   * The inputs of three pictures whose classes differ from `target` and from one another; fewer where there are no more. Pictures that
   * cannot be read are passed over.
   *
   * @param index of the picture in the middle of things
   */
  async find(index: number, target: number): Promise<Float32Array[]> {
    const order = new Random(this.#seed + index).shuffle(this.#images.filter((image) => image.index !== index));
    const [found, taken] = [[] as Float32Array[], new Set<number | undefined>([target, undefined])];
    for (const image of order) {
      if (found.length === WANTED) break;
      const own = await this.#classOf(image);
      if (taken.has(own)) continue;
      taken.add(own);
      found.push(preprocess(await readPicture(image.path), this.#vit.config).pixels);
    }
    return found;
  }

  async #classOf(image: BenchImage): Promise<number | undefined> {
    if (this.#target === 'label' && image.label !== undefined) return image.label;
    if (!this.#classes.has(image.index)) this.#classes.set(image.index, await this.#predict(image));
    return this.#classes.get(image.index);
  }

  async #predict({ path }: BenchImage): Promise<number | undefined> {
    const picture = await readPicture(path).catch((error: unknown) => {
      if (error instanceof CliError) return undefined;
      throw error;
    });
    if (picture === undefined) return undefined;
    using view = look(this.#vit, picture);
    return (await view.predictions(1))[0]?.index;
  }
}
