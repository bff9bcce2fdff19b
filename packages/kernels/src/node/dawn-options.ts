/**
 * What Dawn is told when it is loaded, such as `enable-dawn-features=a,b`.
 */

/** Options whose value is a list. Dawn may take only one of two options of the same name. */
const LIST = /^((?:en|dis)able-dawn-features)=(.*)$/;

/** The options, with lists of the same name joined to one, in the place of the first. Every value is in it once. */
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
