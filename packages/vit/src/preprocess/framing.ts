/**
 * Which part of a photo a model sees: the geometry of preprocessing, without its pixels. Whoever lays a map over the photo itself needs it.
 */
import type { Preprocessing, VitConfig } from '../config.ts';

/** How a photo of any size is laid into the input: it is resized to a box, and the centre of that becomes the input. */
export interface Framing extends Pick<Preprocessing, 'fit' | 'resizeHeight' | 'resizeWidth' | 'cropRounding'> {
  /** In pixels. */
  readonly inputHeight: number;
  readonly inputWidth: number;
}

/** A rectangle in a photo, as shares of its sides. A part that reaches beyond the photo begins below 0. */
export interface PhotoPart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The framing of a model. */
export function framingOf({
  inputHeight,
  inputWidth,
  preprocessing,
}: Pick<VitConfig, 'inputHeight' | 'inputWidth' | 'preprocessing'>): Framing {
  const { fit, resizeHeight, resizeWidth, cropRounding } = preprocessing;
  return { fit, resizeHeight, resizeWidth, cropRounding, inputHeight, inputWidth };
}

/**
 * The part of a photo that becomes the input.
 *
 * @param height of the photo, in pixels. Another size of the same photo has the same part, up to the rounding of a pixel
 * @param width of the photo, in pixels
 */
export function visiblePart(height: number, width: number, framing: Framing): PhotoPart {
  const { inputHeight, inputWidth } = framing;
  const [fullHeight, fullWidth] = resizedSize(height, width, framing);
  const [left, top] = cropOrigin(fullHeight, fullWidth, framing);
  return { left: left / fullWidth, top: top / fullHeight, width: inputWidth / fullWidth, height: inputHeight / fullHeight };
}

/** Where the input begins in the resized picture, [left, top] in pixels. */
export function cropOrigin(
  fullHeight: number,
  fullWidth: number,
  { inputHeight, inputWidth, cropRounding }: Framing,
): readonly [number, number] {
  const shift = cropRounding === 'round' ? roundHalfToEven : Math.floor;
  return [shift((fullWidth - inputWidth) / 2), shift((fullHeight - inputHeight) / 2)];
}

/**
 * The size [height, width] that a picture is resized to before the crop. `crop` with a square box is torchvision's `Resize(side)`: the
 * shorter side becomes `side`, and the longer one is rounded down. With another box it is timm's ResizeKeepRatio: the picture covers the
 * box, and the sides are rounded to the nearest whole number.
 */
export function resizedSize(
  height: number,
  width: number,
  to: Pick<Preprocessing, 'fit' | 'resizeHeight' | 'resizeWidth'>,
): readonly [number, number] {
  const { resizeHeight, resizeWidth } = to;
  if (to.fit === 'squash') return [resizeHeight, resizeWidth];
  if (resizeHeight === resizeWidth) {
    return width <= height
      ? [Math.trunc((resizeHeight * height) / width), resizeWidth]
      : [resizeHeight, Math.trunc((resizeWidth * width) / height)];
  }
  const ratio = Math.min(height / resizeHeight, width / resizeWidth);
  return [roundHalfToEven(height / ratio), roundHalfToEven(width / ratio)];
}

/** Rounds as Python's `round` does. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
