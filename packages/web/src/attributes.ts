/** The attributes of the element and what they mean. */
import type { Appearance } from './parts/picture.ts';

/** Of the photo and its basis: a change loads anew. */
export const LOADED: readonly string[] = ['src', 'alt', 'basis'];
/** Of how the map is drawn. */
export const DRAWN: readonly string[] = ['opacity', 'clip', 'sharpen'];
/** All attributes. `loading` is read once, when the element enters a document. */
export const ATTRIBUTES: readonly string[] = [...LOADED, 'target', 'against', 'from', ...DRAWN, 'controls', 'loading'];

/** How scores are drawn where nothing is said: as the command line and the library do. */
const [OPACITY, CLIP] = [0.85, 0.01];

/** A bare `sharpen` means the usual power. */
const SHARPEN = 2;

/** How much the strongest scores cover the photo. */
export function opacityOf(element: Element): number {
  return numberOf(element.getAttribute('opacity'), OPACITY);
}

/** The share of scores that is clipped at either end. */
export function clipOf(element: Element): number {
  return numberOf(element.getAttribute('clip'), CLIP);
}

/** The power that lets strong scores stand out; 1 changes nothing. */
export function sharpenOf(element: Element): number {
  const text = element.getAttribute('sharpen');
  return text === '' ? SHARPEN : numberOf(text, 1);
}

/** What the attributes say about drawing. */
export function appearanceOf(element: Element): Appearance {
  const clip = clipOf(element);
  return { opacity: opacityOf(element), sharpen: sharpenOf(element), clip: clip === 0 ? false : [clip, 1 - clip] };
}

/** An attribute as a number: NaN where it is none, which whoever draws refuses with a sentence. */
function numberOf(text: string | null, fallback: number): number {
  return text === null ? fallback : text.trim() === '' ? Number.NaN : Number(text);
}
