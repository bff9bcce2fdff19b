/**
 * All maps of a picture on one sheet: a row for each target, a column for each method. Each map has a colour scale of its own, from its
 * strongest score against to its strongest score for.
 */
import { type Picture, resize } from '@cdam/vit';
import { renderMap, type TokenMap } from 'cdam';
import type { Standing } from '../standing.ts';
import { Canvas, fitText, textHeight } from './canvas.ts';
import { type Appearance, caption, drawnScores, FAINT, fitTitle, INK, MARGIN, PAPER, SMALL, sharpenedBy } from './figure.ts';

/** The shorter side of a panel, in pixels. */
const PANEL = 224;
export const LINE: number = textHeight(SMALL) + 8;
/** The height of what stands above the first row, in pixels: what all maps have in common, and the names of the methods. */
const HEAD = 4 * LINE;

/**
 * Draws the sheet.
 *
 * @param picture what the model saw
 * @param maps of any methods and targets
 * @param standing where the target of a map stands
 */
export function drawSheet(
  picture: Picture,
  maps: readonly TokenMap[],
  standing: (map: TokenMap) => Standing,
  { photo, sharpen }: Appearance,
): Picture {
  const methods = [...new Set(maps.map(({ method }) => method))];
  const rows = rowsOf(maps);
  const [width, height] = panelSize(picture, maps[0]?.grid ?? [1, 1]);
  const first = photo ? 1 : 0;
  const canvas = new Canvas(
    (methods.length + first) * (width + MARGIN) + MARGIN,
    HEAD + rows.length * (LINE + height + MARGIN) + MARGIN,
    PAPER,
  );
  const left = (column: number): number => MARGIN + column * (width + MARGIN);
  sharedLines(maps, sharpen).forEach((line, i) => {
    canvas.write(MARGIN, MARGIN + i * LINE, fitText(line, SMALL, canvas.width - 2 * MARGIN), SMALL, FAINT);
  });
  methods.forEach((method, i) => {
    canvas.write(left(first + i), MARGIN + 2 * LINE, fitText(method, SMALL, width), SMALL, FAINT);
  });
  rows.forEach((row, y) => {
    const top = HEAD + y * (LINE + height + MARGIN);
    canvas.write(MARGIN, top, titleOf(row, standing, canvas.width - 2 * MARGIN), SMALL, INK);
    if (photo) canvas.place(left(0), top + LINE, resize(picture, width, height, 'bicubic'));
    for (const map of row)
      canvas.place(left(first + methods.indexOf(map.method)), top + LINE, renderMap(drawnScores(map), { width, height, sharpen }));
  });
  return canvas.picture;
}

/** What a reader of the sheet has to know of all maps, on two lines. */
export function sharedLines(maps: readonly TokenMap[], sharpen: number): string[] {
  const others = [...new Set(maps.map(({ from }) => from))].filter((from) => from !== undefined && from !== 'logit');
  const made = others.flatMap((from) => {
    const [own, rest] = [maps.filter((map) => map.from === from), maps.filter((map) => map.target !== undefined && map.from !== from)];
    return rest.length === 0 ? `from the ${from}` : `${[...new Set(own.map(({ method }) => method))].join(', ')} from the ${from}`;
  });
  return ['each map has its own scale', ['orange for, blue against', ...sharpenedBy(sharpen), ...made].join('; ')];
}

/** The maps in rows, one for each target. Methods that do not depend on the class are in the first row. */
function rowsOf(maps: readonly TokenMap[]): TokenMap[][] {
  const rows = new Map<string, TokenMap[]>();
  for (const map of maps.filter(({ target }) => target !== undefined)) {
    const key = JSON.stringify(map.target);
    rows.set(key, [...(rows.get(key) ?? []), map]);
  }
  const [top = [], ...others] = rows.values();
  return [[...maps.filter(({ target }) => target === undefined), ...top], ...others];
}

function titleOf(row: readonly TokenMap[], standing: (map: TokenMap) => Standing, room: number): string {
  const map = row.find(({ target }) => target !== undefined) ?? row[0];
  return map === undefined ? '' : fitTitle(caption(map, standing(map)), SMALL, room);
}

/** The size of a panel for maps of one grid: the shape of the picture, with a whole number of pixels for each patch, and PANEL pixels or more on each side. */
export function panelSize(picture: Picture, [rows, columns]: readonly [number, number]): [width: number, height: number] {
  const { width, height } = picture;
  const shorter = Math.min(width, height);
  const patch = (side: number, patches: number): number => Math.ceil((side * PANEL) / (shorter * patches));
  return [columns * patch(width, columns), rows * patch(height, rows)];
}
