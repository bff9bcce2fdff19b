/**
 * The number of heads leaves no trace in the weights: width D gives the same tensors however it is split. timm's config.json often
 * leaves it out too, because there the architecture's name implies it.
 */

/** Name, width and heads of the sizes that timm and Meta's repositories name. */
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

export interface HeadCount {
  readonly heads: number;
  readonly assumption: string;
}

/** Heads by name and width, else width/64, which nearly every Vision Transformer has. undefined where 64 does not divide the width. */
export function headsFor(architecture: string | undefined, width: number): HeadCount | undefined {
  const known = SIZES.find(([name, wide]) => wide === width && architecture !== undefined && name.test(architecture));
  if (known !== undefined) return { heads: known[2], assumption: `${known[2]} heads, as ${architecture} has` };
  if (width % 64 !== 0) return undefined;
  return { heads: width / 64, assumption: `${width / 64} heads, of the usual 64 dimensions each` };
}
