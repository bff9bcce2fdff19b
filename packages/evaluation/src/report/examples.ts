/**
 * The example maps of a report: the names of their files, which the program that draws them and the page that shows them share.
 */
import type { ImageRecord } from '../records.ts';
import type { Settings } from '../settings.ts';

/** The folder of the example maps, inside the folder of the report. */
export const EXAMPLES = 'examples';

/** The example maps of one picture. Paths are relative to the page. */
export interface Example {
  /** The names of the picture and of the class that is explained. */
  readonly title: string;
  /** The path of the picture. */
  readonly picture: string;
  readonly maps: readonly { readonly method: string; readonly path: string }[];
}

/**
 * The path of an image, relative to the folder of the report. It has forward slashes on every system.
 *
 * @param what the label of a method for its map, or `picture` for the picture as the model saw it
 */
export function examplePath({ index }: Pick<ImageRecord, 'index'>, what: string): string {
  return `${EXAMPLES}/${index}-${what.replaceAll(/[^\w.]+/g, '-')}.png`;
}

/**
 * The examples that a report can show.
 *
 * @param drawn the paths of all images that exist
 */
export function examplesOf({ methods }: Settings, records: readonly ImageRecord[], drawn: ReadonlySet<string>): Example[] {
  return records
    .filter((record) => drawn.has(examplePath(record, 'picture')))
    .map((record) => ({
      title: `${record.file}: ${record.targetLabel}`,
      picture: examplePath(record, 'picture'),
      maps: methods.map((method) => ({ method, path: examplePath(record, method) })).filter(({ path }) => drawn.has(path)),
    }));
}
