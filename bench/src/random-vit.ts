/**
 * Vision Transformers of any size with random weights, for measurements of time and memory.
 */
import { type Backend, full, type Tensor, tensor } from '@cdam/tensor';
import { describeWeights, readConfig, VisionTransformer } from '@cdam/vit';
import { numbers } from './workloads.ts';

/** The sizes of a model. */
export interface VitSize {
  /** The side of the picture in pixels, a multiple of `patch`. */
  readonly size: number;
  /** The side of a patch in pixels. */
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly classes: number;
}

/** ViT-Ti/16, which has the sizes of DeiT-Ti. */
export const tiny: VitSize = { size: 224, patch: 16, width: 192, depth: 12, heads: 3, classes: 1000 };
/** ViT-S/16. */
export const small: VitSize = { ...tiny, width: 384, heads: 6 };
/** ViT-B/16. */
export const base: VitSize = { ...tiny, width: 768, heads: 12 };

/** The number of tokens: the class token and the patches. */
export function tokensOf({ size, patch }: VitSize): number {
  return (size / patch) ** 2 + 1;
}

/** A model on `backend`, which the caller disposes. */
export function randomVit(backend: Backend, size: VitSize): VisionTransformer {
  const weights = Object.fromEntries(
    Array.from(weightShapes(size), ([name, shape]) => [name, randomWeight(backend, name, shape)] as const),
  );
  const facts = describeWeights(new Map(Object.entries(weights)));
  const config = readConfig({ name: 'random', facts, style: 'timm', config: configOf(size), preprocessor: undefined });
  return new VisionTransformer(config, weights);
}

function weightShapes({ width, depth, patch, classes, ...size }: VitSize): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const layer = (name: string, ...shape: number[]): void => {
    shapes.set(`${name}.weight`, shape).set(`${name}.bias`, shape.slice(0, 1));
  };
  shapes.set('cls_token', [1, 1, width]).set('pos_embed', [1, tokensOf({ width, depth, patch, classes, ...size }), width]);
  layer('patch_embed.proj', width, 3, patch, patch);
  for (let i = 0; i < depth; i++) {
    layer(`blocks.${i}.norm1`, width);
    layer(`blocks.${i}.attn.qkv`, 3 * width, width);
    layer(`blocks.${i}.attn.proj`, width, width);
    layer(`blocks.${i}.norm2`, width);
    layer(`blocks.${i}.mlp.fc1`, 4 * width, width);
    layer(`blocks.${i}.mlp.fc2`, width, 4 * width);
  }
  layer('norm', width);
  layer('head', classes, width);
  return shapes;
}

function randomWeight(backend: Backend, name: string, shape: readonly number[]): Tensor {
  if (/norm\d?\.weight$/.test(name)) return full(backend, shape, 1);
  if (name.endsWith('.bias')) return full(backend, shape, 0);
  const inputs = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const data = numbers(
    shape.reduce((product, extent) => product * extent, 1),
    inputs,
  );
  const scale = name.endsWith('.weight') ? Math.sqrt(1 / inputs) : 0.02;
  return tensor(
    backend,
    data.map((value) => value * scale),
    shape,
  );
}

/** The config.json of the model, in timm's form. */
function configOf({ size, patch, width, depth, heads, classes }: VitSize): Parameters<typeof readConfig>[0]['config'] {
  return {
    architecture: `vit_patch${patch}_${size}`,
    num_classes: classes,
    num_features: width,
    global_pool: 'token',
    model_args: { img_size: size, patch_size: patch, embed_dim: width, depth, num_heads: heads },
    pretrained_cfg: {
      input_size: [3, size, size],
      interpolation: 'bicubic',
      crop_pct: 1,
      crop_mode: 'center',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      num_classes: classes,
      first_conv: 'patch_embed.proj',
      classifier: 'head',
    },
  };
}

/** Pictures of noise as input, [count, 3, size, size]. */
export function pictures({ size }: VitSize, count: number): Float32Array {
  return numbers(count * 3 * size * size, 5);
}
