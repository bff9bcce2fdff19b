/**
 * Draws the example maps of a report as PNGs.
 */
import { join } from 'node:path';
import { type EvaluatedImage, examplePath } from '@cdam/evaluation';
import { overlay } from 'cdam';
import { drawnScores } from '../figures/figure.ts';
import { writePng } from '../image-files.ts';

/** Writes the picture as the model saw it, and the map of each method over it. @throws CliError `output` when that is not possible */
export async function drawExample(folder: string, { record, maps, view }: EvaluatedImage): Promise<void> {
  const { picture, grid } = view;
  if (picture === undefined) return;
  await writePng(join(folder, examplePath(record, 'picture')), picture);
  for (const [label, scores] of maps) {
    const [method = ''] = label.split(':', 1);
    await writePng(join(folder, examplePath(record, label)), overlay(picture, drawnScores({ method, grid, scores })));
  }
}
