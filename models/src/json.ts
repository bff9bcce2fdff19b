/**
 * JSON for files that people read too.
 */

/** A value as JSON with one line for each field, and a line break at the end. */
export function asText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
