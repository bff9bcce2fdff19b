/**
 * The figure of a map: the picture, the map, and the map over the picture, with a caption and a bar that shows the scores of the colours.
 */
import { type Picture, resize } from '@cdam/vit';
import { displayedScores, findMethod, overlay, type RgbaImage, renderMap, type TokenMap } from 'cdam';
import { type Standing, standingWords } from '../standing.ts';
import { Canvas, type Colour, fitText, textHeight, textWidth } from './canvas.ts';

export const PAPER: Colour = [255, 255, 255];
export const INK: Colour = [24, 24, 24];
export const FAINT: Colour = [96, 96, 96];

/** Pictures are enlarged by a whole number so that no side is shorter than this, in pixels. */
const SHORTEST_SIDE = 448;

export const MARGIN = 16;
const TITLE = 3;
export const SMALL = 2;
/** The least width of a figure in pixels, so that the caption fits beside the bar. */
const NARROWEST = 900;
const BAR_WIDTH = 320;
const BAR_HEIGHT = 18;
/** The lines of text below the bar. */
const LEGEND_LINES = 3;

/** How figures show maps. */
export interface Appearance {
  /** False to leave the picture out, so that there are only maps. */
  readonly photo: boolean;
  /** The power of `sharpened`; 1 changes nothing. */
  readonly sharpen: number;
}

/** Enlarges a picture of a small input, so that it can be seen well. */
export function enlargePicture(picture: Picture): Picture {
  const factor = Math.max(1, Math.ceil(SHORTEST_SIDE / Math.min(picture.width, picture.height)));
  return resize(picture, picture.width * factor, picture.height * factor, 'bicubic');
}

/**
 * The figure of one map.
 *
 * @param picture what the model saw, enlarged
 * @param standing where the target of the map stands
 */
export function drawFigure(picture: Picture, map: TokenMap, standing: Standing, { photo, sharpen }: Appearance): Picture {
  const { width, height } = picture;
  const drawn = drawnScores(map);
  const alone = renderMap(drawn, { width, height, sharpen });
  const panels = photo ? [picture, alone, overlay(picture, drawn, { sharpen })] : [alone];
  const captionHeight = textHeight(TITLE) + 2 * textHeight(SMALL) + MARGIN;
  const headHeight = 2 * MARGIN + Math.max(captionHeight, BAR_HEIGHT + 6 + LEGEND_LINES * textHeight(SMALL));
  const canvas = new Canvas(Math.max(NARROWEST, panels.length * (width + MARGIN) + MARGIN), headHeight + height + MARGIN, PAPER);
  drawLegend(canvas, map, sharpen);
  const room = canvas.width - BAR_WIDTH - 3 * MARGIN;
  const about = caption(map, standing);
  canvas.write(MARGIN, MARGIN, fitTitle(about, TITLE, room), TITLE, INK);
  about.details.forEach((line, i) => {
    canvas.write(MARGIN, 2 * MARGIN + textHeight(TITLE) + i * textHeight(SMALL), fitText(line, SMALL, room), SMALL, FAINT);
  });
  panels.forEach((panel, i) => {
    canvas.place(MARGIN + i * (width + MARGIN), headHeight, panel);
  });
  return canvas.picture;
}

/** The caption of a map. */
export interface Caption {
  /** What the map is about. */
  readonly name: string;
  /** The number after it, such as `: 62.1 %`; empty where there is none. */
  readonly number: string;
  /** The numbers that the map explains, and how it was made: two lines at most. */
  readonly details: readonly string[];
}

/** The caption of a map. */
export function caption(map: TokenMap, standing: Standing): Caption {
  const { method, target, from } = map;
  if (target === undefined) return { name: method, number: '', details: [findMethod(method).summary, 'the same for every class'] };
  const words = standingWords(map, standing);
  const made = method === 'cdam' ? 'CDAM' : method;
  if (target.kind !== 'class') return { name: target.name, number: '', details: [words ? `${target.kind}, ${words}` : target.kind, made] };
  const { prediction } = standing;
  const number = prediction === undefined || target.versus !== undefined ? '' : `: ${(100 * prediction.probability).toFixed(1)} %`;
  const index = target.versus === undefined ? `class ${target.index}` : `classes ${target.index}, ${target.versus}`;
  return { name: target.label, number, details: [words ? `${index}, ${words}` : index, `${made} from the ${from ?? 'logit'}`] };
}

/** The title of a caption in a width in pixels. Where it is too long, further names of a class go first, then letters, but never the number. */
export function fitTitle({ name, number }: Pick<Caption, 'name' | 'number'>, size: number, width: number): string {
  if (textWidth(name + number, size) <= width) return name + number;
  const short = name.split(' against ').map((label) => label.replace(/,.*$/, ''));
  const room = width - (number === '' ? 0 : textWidth(`${number} `, size));
  if (textWidth(short.join(' against '), size) <= room) return short.join(' against ') + number;
  const each = (room - (short.length - 1) * textWidth(' against  ', size)) / short.length;
  return short.map((label) => fitText(label, size, each)).join(' against ') + number;
}

/** The words that say that a map is drawn sharpened; none where it is not. */
export function sharpenedBy(power: number): string[] {
  return power === 1 ? [] : [`sharpened ${power}`];
}

/** Draws a bar with the colours of raw scores, from the strongest evidence against to the strongest evidence for, with the scores at its ends. */
function drawLegend(canvas: Canvas, map: TokenMap, sharpen: number): void {
  const left = canvas.width - MARGIN - BAR_WIDTH;
  canvas.place(left, MARGIN, scaleBar(isSigned(map), sharpen));
  legendRows(map, sharpen).forEach((words, row) => {
    const top = MARGIN + BAR_HEIGHT + 6 + row * textHeight(SMALL);
    words.forEach((word, i) => {
      const room = BAR_WIDTH - textWidth(word, SMALL);
      canvas.write(left + Math.round((words.length === 1 ? 0.5 : i / (words.length - 1)) * room), top, word, SMALL, FAINT);
    });
  });
}

/** The words below the bar, line by line, each line spread over its width: the scores where colours end, what they mean, and what lies beyond. */
export function legendRows(map: TokenMap, sharpen: number): string[][] {
  const drawn = drawnScores(map);
  const { unit } = displayedScores(drawn);
  const lowest = (map.scores[0] ?? 0) - (drawn.scores[0] ?? 0);
  const end = (unit + lowest).toPrecision(3);
  const [least, most] = isSigned(map) ? ['against', 'for'] : ['', ''];
  return [
    isSigned(map) ? [`-${end}`, '0', end] : [lowest === 0 ? '0' : lowest.toPrecision(3), end],
    [least, ...sharpenedBy(sharpen), most],
    clippedAt(unit + lowest, largestOf(drawn.scores) + lowest),
  ];
}

/** The scores of a map as figures draw them: levels, which have no zero of their own, begin at the lowest of them. */
export function drawnScores({ method, grid, scores }: Pick<TokenMap, 'method' | 'grid' | 'scores'>): Pick<TokenMap, 'grid' | 'scores'> {
  if (findMethod(method).sign !== 'level') return { grid, scores };
  const lowest = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
  return { grid, scores: scores.map((score) => score - lowest) };
}

/** The words that say that the colours end before the largest magnitude; none where they do not. */
export function clippedAt(unit: number, largest: number): string[] {
  return largest > unit ? [`clipped; largest ${largest.toPrecision(3)}`] : [];
}

/** The largest magnitude of scores. */
export function largestOf(scores: Float32Array): number {
  return scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
}

function isSigned({ method }: TokenMap): boolean {
  return findMethod(method).sign === 'signed';
}

function scaleBar(signed: boolean, sharpen: number): RgbaImage {
  const scores = Float32Array.from({ length: BAR_WIDTH }, (_, i) => (signed ? (2 * i) / (BAR_WIDTH - 1) - 1 : i / (BAR_WIDTH - 1)));
  return renderMap({ grid: [1, BAR_WIDTH], scores }, { width: BAR_WIDTH, height: BAR_HEIGHT, clip: false, sharpen });
}
