/**
 * The figure of a map: the picture, the map, and the map over the picture, with a caption and a bar that shows the scores of the colours.
 */
import { type Picture, resize } from '@cdam/vit';
import { displayedScores, findMethod, overlay, type Prediction, type RgbaImage, renderMap, type TokenMap } from 'cdam';
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
 * @param prediction for the class of the map; undefined when the map is not about a class
 */
export function drawFigure(picture: Picture, map: TokenMap, prediction: Prediction | undefined, { photo, sharpen }: Appearance): Picture {
  const { width, height } = picture;
  const alone = renderMap(map, { width, height, sharpen });
  const panels = photo ? [picture, alone, overlay(picture, map, { sharpen })] : [alone];
  const headHeight =
    2 * MARGIN + Math.max(textHeight(TITLE) + textHeight(SMALL) + MARGIN, BAR_HEIGHT + 6 + LEGEND_LINES * textHeight(SMALL));
  const canvas = new Canvas(Math.max(NARROWEST, panels.length * (width + MARGIN) + MARGIN), headHeight + height + MARGIN, PAPER);
  drawLegend(canvas, map, sharpen);
  const room = canvas.width - BAR_WIDTH - 3 * MARGIN;
  const { title, details } = caption(map, prediction);
  canvas.write(MARGIN, MARGIN, fitText(title, TITLE, room), TITLE, INK);
  canvas.write(MARGIN, 2 * MARGIN + textHeight(TITLE), fitText(details, SMALL, room), SMALL, FAINT);
  panels.forEach((panel, i) => {
    canvas.place(MARGIN + i * (width + MARGIN), headHeight, panel);
  });
  return canvas.picture;
}

/** The caption of a map: what it is about, and how it was made. */
export function caption({ method, target, from }: TokenMap, prediction: Prediction | undefined): { title: string; details: string } {
  const name = method === 'cdam' ? 'CDAM' : method;
  if (target === undefined) return { title: method, details: `${findMethod(method).summary}; the same for every class` };
  if (target.kind !== 'class') return { title: target.name, details: `${target.kind}; ${name}` };
  const title = prediction === undefined ? target.label : `${target.label}: ${(100 * prediction.probability).toFixed(1)} %`;
  const logit = prediction === undefined ? '' : `, logit ${prediction.logit.toFixed(2)}`;
  return { title, details: `class ${target.index}${logit}; ${name} from the ${from ?? 'logit'}` };
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
  const { unit } = displayedScores(map);
  const end = unit.toPrecision(3);
  const [least, most] = isSigned(map) ? ['against', 'for'] : ['', ''];
  return [
    isSigned(map) ? [`-${end}`, '0', end] : ['0', end],
    [least, ...sharpenedBy(sharpen), most],
    clippedAt(unit, largestOf(map.scores)),
  ];
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
