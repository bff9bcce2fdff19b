/**
 * Pictures whose maps a report shows: the names of their files, which whoever draws them and the page that shows them agree on.
 */
import type { ImageRecord } from '../records.ts';
import type { Settings } from '../settings.ts';

/** The folder of the example maps, in that of the report. */
export const EXAMPLES = 'examples';

/** Example maps of one picture; paths are from the page. */
export interface Example {
  /** Name of the picture and of the class that is explained. */
  readonly title: string;
  readonly picture: string;
  readonly maps: readonly { readonly method: string; readonly path: string }[];
}

/**
 * The path of a drawing from the report's folder; it has forward slashes on every system.
 *
 * @param what the label of a method for its map, or `picture` for the picture as the model saw it
 */
export function examplePath({ index }: Pick<ImageRecord, 'index'>, what: string): string {
  return `${EXAMPLES}/${index}-${what.replaceAll(/[^\w.]+/g, '-')}.png`;
}

/**
 * The examples that a report can show.
 *
 * @param drawn the paths of the drawings that there are
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
