/** The photo, and the map over the part of it that the model saw. */
import { type Framing, type PhotoPart, visiblePart } from '@cdam/vit';
import { blackCentred, type ColourScale, displayedScores, type LayerOptions, mapLayer, type RgbaImage, type Scores } from 'cdam';
import { CdamMapError } from '../errors.ts';
import { make } from './dom.ts';

/** How a map is drawn. */
export type Appearance = Pick<LayerOptions, 'opacity' | 'clip' | 'sharpen' | 'scale'>;

/** Pixels of the drawn map for each patch, and for the longest side: more would not be seen, and take longer than a frame. */
const [PER_PATCH, LONGEST] = [16, 448];

/** The photo with its map. */
export class Picture {
  readonly image: HTMLImageElement = make('img', { part: 'image', alt: '' });
  readonly canvas: HTMLCanvasElement = make('canvas', { part: 'map', 'aria-hidden': 'true' });
  #layer: RgbaImage | undefined;
  #part: PhotoPart = { left: 0, top: 0, width: 1, height: 1 };

  /** Shows a photo. */
  show(url: string): void {
    if (this.image.getAttribute('src') !== url) this.image.setAttribute('src', url);
  }

  /** Waits for a photo. @throws CdamMapError `picture` when it is none */
  async load(url: string): Promise<void> {
    this.show(url);
    try {
      await this.image.decode();
    } catch (cause) {
      throw new CdamMapError('picture', `The picture ${url} could not be read.`, { cause });
    }
  }

  /**
   * Finds the part of the photo that the model saw: as the framing says, or the centre where nobody knows.
   * @param grid rows and columns of patches, which are taken to be square where there is no framing
   */
  place(framing: Framing | undefined, [rows, columns]: readonly [number, number]): PhotoPart {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const guess: Framing = {
      fit: 'crop',
      cropRounding: 'round',
      resizeHeight: rows * PER_PATCH,
      resizeWidth: columns * PER_PATCH,
      inputHeight: rows * PER_PATCH,
      inputWidth: columns * PER_PATCH,
    };
    this.#part = visiblePart(height || 1, width || 1, framing ?? guess);
    return this.#part;
  }

  /**
   * Draws a map.
   * @returns the score at the end of the colours
   * @throws ExplanationError for a map, an opacity, a clip or a power that cannot be drawn
   */
  draw(map: Scores, appearance: Appearance): number {
    const [rows, columns] = map.grid;
    const side = Math.max(1, Math.min(PER_PATCH, Math.floor(LONGEST / Math.max(rows, columns))));
    const [width, height] = [columns * side, rows * side];
    this.#layer = mapLayer(map, { ...appearance, width, height, striped: true });
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.canvas.getContext('2d')?.putImageData(new ImageData(this.#layer.data, width, height), 0, 0);
    return displayedScores(map, appearance.clip, appearance.sharpen).unit;
  }

  /** Takes the map away. */
  erase(): void {
    this.#layer = undefined;
    this.canvas.getContext('2d')?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * What is seen, as an image file: the part of the photo that the model saw, in grey, and the map over it.
   * @throws CdamMapError `picture` when there is nothing yet, or when the photo comes from an origin that does not let it be copied
   */
  async toBlob(type: string, quality: number | undefined): Promise<Blob> {
    if (this.#layer === undefined) throw new CdamMapError('picture', 'There is no map yet; wait for the event "explain".');
    const { naturalWidth, naturalHeight } = this.image;
    const { left, top, width, height } = this.#part;
    const [w, h] = [Math.max(1, Math.round(naturalWidth * width)), Math.max(1, Math.round(naturalHeight * height))];
    const canvas = make('canvas', { width: String(w), height: String(h) });
    const context = canvas.getContext('2d');
    if (context === null) throw new CdamMapError('picture', `The browser has no canvas of ${w}×${h} pixels.`);
    context.drawImage(this.image, left * naturalWidth, top * naturalHeight, w, h, 0, 0, w, h);
    context.globalCompositeOperation = 'saturation';
    context.fillStyle = 'gray';
    context.fillRect(0, 0, w, h);
    context.globalCompositeOperation = 'source-over';
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.canvas, 0, 0, w, h);
    return await new Promise((resolve, reject) => {
      try {
        canvas.toBlob((blob) => (blob === null ? reject(notMade(type)) : resolve(blob)), type, quality);
      } catch (cause) {
        reject(new CdamMapError('picture', 'The photo comes from another origin, which does not let it be copied.', { cause }));
      }
    });
  }
}

function notMade(type: string): CdamMapError {
  return new CdamMapError('picture', `The browser cannot write ${type}.`);
}

/** The colours that a page has chosen, as a scale; anything that is no opaque colour is passed over. */
export function scaleOf(style: CSSStyleDeclaration): ColourScale {
  const colour = (property: string, end: 0 | 1): string => {
    const fallback = blackCentred.stops.find(({ position }) => position === end)?.colour ?? '#000000';
    const wanted = style.getPropertyValue(property).trim();
    const context = wanted === '' ? null : document.createElement('canvas').getContext('2d');
    if (context === null) return fallback;
    context.fillStyle = fallback;
    context.fillStyle = wanted;
    return /^#[0-9a-f]{6}$/.test(String(context.fillStyle)) ? String(context.fillStyle) : fallback;
  };
  return {
    name: 'chosen',
    stops: [
      { position: 0, colour: colour('--cdam-negative', 0) },
      { position: 0.5, colour: '#000000' },
      { position: 1, colour: colour('--cdam-positive', 1) },
    ],
  };
}
