/**
 * What the names and shapes of the weights say about a Vision Transformer, and the shape that every tensor must then have.
 */

/** One weight of a model. */
export interface Weight {
  /** Its key in the file, or its three keys where the file has q, k and v apart. */
  readonly keys: readonly string[];
  readonly shape: readonly number[];
  /** The values as 32-bit floats, row-major. They may share memory with the file, so do not write to them. */
  data(): Float32Array;
}

/** Sizes and parts of a model. VitConfig explains those that it has too. */
export interface WeightFacts {
  readonly width: number;
  readonly depth: number;
  readonly mlpWidth: number;
  readonly channels: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
  readonly classToken: boolean;
  readonly distillationToken: boolean;
  readonly registerTokens: number;
  /** Number of rows of `pos_embed`: those of the prefix tokens that have one, and those of the patches. */
  readonly positionRows: number;
  readonly classes: number;
  readonly distilledHead: boolean;
  readonly qkvBias: boolean;
  readonly patchBias: boolean;
  readonly preNorm: boolean;
  readonly layerScale: boolean;
  readonly finalNorm: 'norm' | 'fc_norm';
}

/**
 * Reads the facts from the shapes of the weights. A tensor that is missing or has too few dimensions gives a size of 0; the comparison
 * with expectedShapes then reports it.
 *
 * @param weights by timm's names, with q, k and v joined as `qkv`
 */
export function describeWeights(weights: ReadonlyMap<string, { readonly shape: readonly number[] }>): WeightFacts {
  const names = [...weights.keys()];
  const size = (name: string, axis: number): number => weights.get(name)?.shape[axis] ?? 0;
  const any = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  const blocks = names.map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1));
  const firstMlp = names.find((name) => /^blocks\.\d+\.mlp\.fc1\.weight$/.test(name)) ?? '';
  return {
    width: size('patch_embed.proj.weight', 0) || size('norm.weight', 0) || size('blocks.0.norm1.weight', 0),
    depth: blocks.reduce((most, index) => Math.max(most, index + 1), 0),
    mlpWidth: size(firstMlp, 0),
    channels: size('patch_embed.proj.weight', 1),
    patchHeight: size('patch_embed.proj.weight', 2),
    patchWidth: size('patch_embed.proj.weight', 3),
    classToken: weights.has('cls_token'),
    distillationToken: weights.has('dist_token'),
    registerTokens: size('reg_token', 1),
    positionRows: size('pos_embed', 1),
    classes: size('head.weight', 0),
    distilledHead: any(/^head_dist\./),
    qkvBias: any(/\.qkv\.bias$/),
    patchBias: weights.has('patch_embed.proj.bias'),
    preNorm: any(/^norm_pre\./),
    layerScale: any(/\.ls[12]\.gamma$/),
    finalNorm: any(/^fc_norm\./) && !any(/^norm\./) ? 'fc_norm' : 'norm',
  };
}

/** The shape of every tensor of a model with these facts, by timm's names. */
export function expectedShapes(facts: WeightFacts): Map<string, readonly number[]> {
  const { width: d, classes } = facts;
  const shapes = new Map<string, readonly number[]>();
  const affine = (name: string, weight: readonly number[], bias = true): void => {
    shapes.set(`${name}.weight`, weight);
    if (bias) shapes.set(`${name}.bias`, weight.slice(0, 1));
  };
  if (facts.classToken || facts.distillationToken) shapes.set('cls_token', [1, 1, d]);
  if (facts.distillationToken || facts.distilledHead) shapes.set('dist_token', [1, 1, d]);
  if (facts.registerTokens > 0) shapes.set('reg_token', [1, facts.registerTokens, d]);
  shapes.set('pos_embed', [1, facts.positionRows, d]);
  affine('patch_embed.proj', [d, facts.channels, facts.patchHeight, facts.patchWidth], facts.patchBias);
  if (facts.preNorm) affine('norm_pre', [d]);
  for (let i = 0; i < facts.depth; i++) {
    affine(`blocks.${i}.norm1`, [d]);
    affine(`blocks.${i}.attn.qkv`, [3 * d, d], facts.qkvBias);
    affine(`blocks.${i}.attn.proj`, [d, d]);
    affine(`blocks.${i}.norm2`, [d]);
    affine(`blocks.${i}.mlp.fc1`, [facts.mlpWidth, d]);
    affine(`blocks.${i}.mlp.fc2`, [d, facts.mlpWidth]);
    if (facts.layerScale) for (const half of [1, 2]) shapes.set(`blocks.${i}.ls${half}.gamma`, [d]);
  }
  affine(facts.finalNorm, [d]);
  if (classes > 0 || facts.distilledHead) affine('head', [classes, d]);
  if (facts.distilledHead) affine('head_dist', [classes, d]);
  return shapes;
}
