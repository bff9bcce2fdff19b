/** Elements in a few words. Text that came with a file is set as text and never read as markup. */

/**
 * A new element.
 *
 * @param attributes all set as attributes; `part` names what a page may style
 * @param children elements, and texts
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
