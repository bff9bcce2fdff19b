/**
 * All maps of a picture on one sheet, to be compared: a row for each target, a column for each method. Colours are those of each map
 * by itself, from its strongest score against to its strongest for.
 */
import { type Picture, resize } from '@cdam/vit';
import { type Prediction, predictionOf, renderMap, type TokenMap } from 'cdam';
import { Canvas, fitText, textHeight } from './canvas.ts';
import { caption, FAINT, INK, MARGIN, PAPER, SMALL } from './figure.ts';

/** The shorter side of a panel, in pixels. */
const PANEL = 224;
const LINE = textHeight(SMALL) + 8;
/** The names of the methods, set off from the first row. */
const HEAD = 2 * LINE;

/**
 * @param picture what the model saw
 * @param maps of some methods and targets
 * @param predictions of the maps' classes
 * @param photo false to leave the picture out
 */
export function drawSheet(picture: Picture, maps: readonly TokenMap[], predictions: readonly Prediction[], photo = true): Picture {
  const methods = [...new Set(maps.map(({ method }) => method))];
  const rows = rowsOf(maps);
  const [width, height] = panelSize(picture, maps);
  const first = photo ? 1 : 0;
  const canvas = new Canvas(
    (methods.length + first) * (width + MARGIN) + MARGIN,
    HEAD + rows.length * (LINE + height + MARGIN) + MARGIN,
    PAPER,
  );
  const left = (column: number): number => MARGIN + column * (width + MARGIN);
  methods.forEach((method, i) => {
    canvas.write(left(first + i), MARGIN, fitText(method, SMALL, width), SMALL, FAINT);
  });
  rows.forEach((row, y) => {
    const top = HEAD + y * (LINE + height + MARGIN);
    canvas.write(MARGIN, top, fitText(titleOf(row, predictions), SMALL, canvas.width - 2 * MARGIN), SMALL, INK);
    if (photo) canvas.place(left(0), top + LINE, resize(picture, width, height, 'bicubic'));
    for (const map of row) canvas.place(left(first + methods.indexOf(map.method)), top + LINE, renderMap(map, { width, height }));
  });
  return canvas.picture;
}

/** Maps of one target each. A method that knows no classes stands in the first row. */
function rowsOf(maps: readonly TokenMap[]): TokenMap[][] {
  const rows = new Map<string, TokenMap[]>();
  for (const map of maps.filter(({ target }) => target !== undefined)) {
    const key = JSON.stringify(map.target);
    rows.set(key, [...(rows.get(key) ?? []), map]);
  }
  const [top = [], ...others] = rows.values();
  return [[...maps.filter(({ target }) => target === undefined), ...top], ...others];
}

function titleOf(row: readonly TokenMap[], predictions: readonly Prediction[]): string {
  const map = row.find(({ target }) => target !== undefined) ?? row[0];
  if (map === undefined) return '';
  return caption(map, predictionOf(map.target, predictions)).title;
}

/** The shape of the picture, with as many whole pixels for each patch that the shorter side reaches its size. */
function panelSize(picture: Picture, [map]: readonly TokenMap[]): [width: number, height: number] {
  const [rows, columns] = map?.grid ?? [1, 1];
  const { width, height } = picture;
  const shorter = Math.min(width, height);
  const patch = (side: number, patches: number): number => Math.ceil((side * PANEL) / (shorter * patches));
  return [columns * patch(width, columns), rows * patch(height, rows)];
}
