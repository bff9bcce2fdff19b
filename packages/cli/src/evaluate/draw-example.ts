/**
 * Draws the example maps of a report as PNGs.
 */
import { join } from 'node:path';
import { type EvaluatedImage, examplePath } from '@cdam/evaluation';
import { overlay } from 'cdam';
import { writePng } from '../image-files.ts';

/** Writes the picture as the model saw it, and the map of each method over it. @throws CliError `output` when that is not possible */
export async function drawExample(folder: string, { record, maps, view }: EvaluatedImage): Promise<void> {
  const { picture, grid } = view;
  if (picture === undefined) return;
  await writePng(join(folder, examplePath(record, 'picture')), picture);
  for (const [method, scores] of maps) await writePng(join(folder, examplePath(record, method)), overlay(picture, { grid, scores }));
}
