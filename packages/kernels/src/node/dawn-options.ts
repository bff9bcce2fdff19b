/**
 * What Dawn is told when it is loaded, such as `enable-dawn-features=a,b`.
 */

/** Options whose value is a list: given twice, one could stand in the place of the other. */
const LIST = /^((?:en|dis)able-dawn-features)=(.*)$/;

/** The options as they are, but that lists of the same name are one, with each value once. It stands where the first did. */
export function mergeDawnOptions(options: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const option of options) {
    const [, name, list = ''] = LIST.exec(option) ?? [];
    const known = name === undefined ? undefined : merged.get(name);
    const values = new Set([...(known?.split(',') ?? []), ...list.split(',')]);
    merged.set(name ?? option, [...values].join(','));
  }
  return Array.from(merged, ([name, list]) => (list === '' ? name : `${name}=${list}`));
}
