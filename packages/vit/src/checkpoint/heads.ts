/**
 * Finds the number of attention heads where config.json does not say it. The weights do not show it: a width gives the same tensors
 * however it is split into heads. timm's config.json often leaves it out, because the name of the architecture implies it.
 */

/** The sizes of timm's and Meta's models: a pattern of their names, width, heads. */
const SIZES: readonly (readonly [RegExp, number, number])[] = [
  [/tiny|vitt\d/, 192, 3],
  [/small|vits\d/, 384, 6],
  [/little/, 320, 5],
  [/medium/, 512, 8],
  [/betwixt/, 640, 10],
  [/base|vitb\d/, 768, 12],
  [/large|vitl\d/, 1024, 16],
  [/huge|vith\d/, 1280, 16],
  [/so400m/, 1152, 16],
  [/gigantic/, 1664, 16],
  [/giant/, 1408, 16],
  [/giant|vitg\d/, 1536, 24],
];

/** A number of heads, and why it was assumed. */
export interface HeadCount {
  readonly heads: number;
  readonly assumption: string;
}

/**
 * The number of heads by name and width, else width/64, as in nearly every Vision Transformer; undefined when 64 does not divide the
 * width.
 */
export function headsFor(architecture: string | undefined, width: number): HeadCount | undefined {
  const known = SIZES.find(([name, wide]) => wide === width && architecture !== undefined && name.test(architecture));
  if (known !== undefined) return { heads: known[2], assumption: `${known[2]} heads, as ${architecture} has` };
  if (width % 64 !== 0) return undefined;
  return { heads: width / 64, assumption: `${width / 64} heads, of the usual 64 dimensions each` };
}
