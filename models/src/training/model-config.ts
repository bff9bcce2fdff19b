/**
 * The config.json of a model with a recipe, in timm's form, and the configuration that the library makes of it.
 */
import type { Parameters } from '@cdam/tensor';
import { describeWeights, type JsonObject, readConfig, type VitConfig } from '@cdam/vit';
import { ARTICLE_NAMES } from '../data/fashion-mnist.ts';
import type { Recipe } from './recipe.ts';

const CHANNELS = 3;

/** The contents of config.json. `problem_type` is Hugging Face's field for independent classes; timm has none. */
export function modelConfig({ architecture, normalisation }: Recipe): JsonObject {
  const { imageSize, patchSize, width, depth, heads, mlpRatio, classes } = architecture;
  return {
    architecture: `vit_mosaic_patch${patchSize}_${imageSize}`,
    num_classes: classes,
    num_features: width,
    global_pool: 'token',
    problem_type: 'multi_label_classification',
    model_args: { img_size: imageSize, patch_size: patchSize, embed_dim: width, depth, num_heads: heads, mlp_ratio: mlpRatio },
    pretrained_cfg: {
      input_size: [CHANNELS, imageSize, imageSize],
      interpolation: 'bicubic',
      crop_pct: 1,
      crop_mode: 'center',
      mean: new Array(CHANNELS).fill(normalisation.mean),
      std: new Array(CHANNELS).fill(normalisation.std),
      num_classes: classes,
      first_conv: 'patch_embed.proj',
      classifier: 'head',
      license: 'mit',
    },
    label_names: [...ARTICLE_NAMES],
  };
}

/** The configuration of a model with these weights. */
export function vitConfig(recipe: Recipe, weights: Parameters): VitConfig {
  const facts = describeWeights(new Map(Object.entries(weights)));
  return readConfig({ name: 'mosaic', facts, style: 'timm', config: modelConfig(recipe), preprocessor: undefined });
}
