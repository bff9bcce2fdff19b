/**
 * The parts of a ledger on one sheet: a panel for each block, or a row of heads for each block. All panels have one colour scale, so that a block
 * which says little looks it; above each stands what it read of all patches together.
 */
import type { Picture } from '@cdam/vit';
import { displayedScores, type Parts, renderMap, type TokenMap } from 'cdam';
import { patchesOf, signed } from '../parts-lines.ts';
import type { Standing } from '../standing.ts';
import { Canvas, fitText } from './canvas.ts';
import { type Appearance, caption, clippedAt, FAINT, fitTitle, INK, largestOf, MARGIN, PAPER, SMALL, sharpenedBy } from './figure.ts';
import { LINE, panelSize } from './sheet.ts';

/** How many blocks stand side by side. */
const BLOCKS_IN_A_ROW = 4;
/** The height of the three lines above the panels, in pixels. */
const HEAD: number = MARGIN + 3 * LINE + 8;

/**
 * Draws the sheet.
 *
 * @param picture what the model saw; only its shape is used
 * @param standing where the target of the map stands
 */
export function drawPartsSheet(
  picture: Picture,
  map: TokenMap,
  parts: Parts,
  standing: Standing,
  { sharpen }: Pick<Appearance, 'sharpen'>,
): Picture {
  const { shares, by } = parts;
  const columns = by === 'block' ? Math.min(BLOCKS_IN_A_ROW, shares.length) : shares.filter(({ block }) => block === 0).length;
  const [width, height] = panelSize(picture, map.grid);
  const [across, down] = [width + MARGIN, LINE + height + MARGIN];
  const canvas = new Canvas(columns * across + MARGIN, HEAD + Math.ceil(shares.length / columns) * down, PAPER);
  const unit = unitOf(map, parts);
  const room = canvas.width - 2 * MARGIN;
  const lines = [fitTitle(caption(map, standing), SMALL, room), ...scaleLines(map, parts, sharpen)];
  lines.forEach((line, i) => {
    canvas.write(MARGIN, MARGIN + i * LINE, fitText(line, SMALL, room), SMALL, i === 0 ? INK : FAINT);
  });
  shares.forEach((share, i) => {
    const [left, top] = [MARGIN + (i % columns) * across, HEAD + Math.floor(i / columns) * down];
    const name = share.head === undefined ? `block ${share.block}` : `head ${share.block}.${share.head}`;
    canvas.write(left, top, fitText(`${name}: ${signed(patchesOf(share))}`, SMALL, width), SMALL, FAINT);
    canvas.place(left, top + LINE, renderMap({ grid: map.grid, scores: share.scores }, { width, height, unit, sharpen }));
  });
  return canvas.picture;
}

/** What the panels show, and where their colours end. */
export function scaleLines(map: TokenMap, parts: Parts, sharpen: number): [shown: string, scale: string] {
  const unit = unitOf(map, parts);
  const largest = Math.max(...parts.shares.map(({ scores }) => largestOf(scores)));
  const shown = [
    `what each ${parts.by} read${parts.by === 'head' ? ' (head block.number)' : ''}`,
    'all on one scale',
    ...sharpenedBy(sharpen),
  ].join(', ');
  return [shown, [`colours end at ${unit.toPrecision(3)} a patch`, ...clippedAt(unit, largest)].join(', ')];
}

/** One end of the colour scale for all shares: that of all their scores as one map. */
function unitOf({ grid: [rows, columns] }: TokenMap, { shares }: Parts): number {
  const scores = Float32Array.from(shares.flatMap((share) => Array.from(share.scores)));
  return displayedScores({ grid: [rows * shares.length, columns], scores }).unit || 1;
}
