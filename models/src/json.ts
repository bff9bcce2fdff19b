/**
 * The JSON files beside the model are read by people as well.
 */

/** JSON with a line per field and a newline at the end. */
export function asText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
