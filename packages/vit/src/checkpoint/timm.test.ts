import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json.ts';
import { failure, read } from './toy.ts';

describe('config.json of timm', () => {
  const config = {
    architecture: 'vit_toy_patch8_32',
    num_classes: 3,
    num_features: 64,
    global_pool: 'token',
    model_args: { img_size: 32, patch_size: 8, embed_dim: 64, depth: 2, num_heads: 4, mlp_ratio: 2 },
    pretrained_cfg: {
      input_size: [3, 48, 64],
      interpolation: 'bicubic',
      crop_pct: 0.9,
      crop_mode: 'center',
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.2, 0.2],
    },
    label_names: ['n1', 'n2', 'n3'],
    label_descriptions: { n1: 'cat', n2: 'dog, hound', n3: 'cow' },
  };
  const args = (change: object): JsonValue => ({ ...config, model_args: { ...config.model_args, ...change } });
  const pretrained = (change: object): JsonValue => ({ ...config, pretrained_cfg: { ...config.pretrained_cfg, ...change } });

  it('gives what the weights do not show', () => {
    const read_ = read({}, config).config;
    expect(read_).toMatchObject({ architecture: 'vit_toy_patch8_32', heads: 4, inputHeight: 48, inputWidth: 64, assumptions: [] });
    expect(read_).toMatchObject({ labels: ['cat', 'dog, hound', 'cow'], labelNames: ['n1', 'n2', 'n3'], multiLabel: false });
    expect(read_.preprocessing).toMatchObject({
      fit: 'crop',
      resizeHeight: 53,
      resizeWidth: 71,
      resample: 'bicubic',
      resampleNonSquare: 'bilinear',
      mean: [0.5, 0.4, 0.3],
    });
  });

  it('lets the positions be for another size than the input, square or not', () => {
    expect(read({}, config).config.positions).toEqual({ rows: 4, columns: 4, prefix: 1 });
    const wide = { ...config, model_args: { ...config.model_args, img_size: [16, 64] } };
    expect(read({}, wide).config.positions).toEqual({ rows: 2, columns: 8, prefix: 1 });
    // img_size is the size to run at, since input_size is the same; the embeddings are resized from their square grid.
    expect(read({}, { ...wide, model_args: { ...wide.model_args, img_size: [48, 64] } }).config.positions).toEqual({
      rows: 4,
      columns: 4,
      prefix: 1,
    });
    const bare = { pretrained_cfg: { input_size: [3, 24, 32] } };
    expect(read({ positionRows: 13 }, bare).config.positions).toEqual({ rows: 3, columns: 4, prefix: 1 });
  });

  const disagreements: readonly (readonly [string, JsonValue, string])[] = [
    [
      'num_classes',
      { ...config, num_classes: 10 },
      "config.json: num_classes is 10, but the number of the head's classes in the weights is 3",
    ],
    ['num_features', { ...config, num_features: 192 }, 'num_features is 192, but the width (embedding length) in the weights is 64'],
    ['embed_dim', args({ embed_dim: 96 }), 'model_args: embed_dim is 96, but the width (embedding length) in the weights is 64'],
    ['depth', args({ depth: 12 }), 'depth is 12, but the number of blocks in the weights is 2'],
    ['patch_size', args({ patch_size: [8, 16] }), 'patch_size is 16, but the width of a patch in the weights is 8'],
    ['img_size', args({ img_size: 64 }), 'img_size is [64,64], a grid of 8×8 patches, but pos_embed in the weights has 17 rows'],
    ['reg_tokens', args({ reg_tokens: 4 }), 'reg_tokens is 4, but the number of register tokens in the weights is 0'],
    ['mlp_ratio', args({ mlp_ratio: 4 }), "mlp_ratio 4, so the MLP's width is 256, but the MLP's width in the weights is 128"],
    [
      'init_values',
      args({ init_values: 1e-5 }),
      'init_values, so LayerScale is true, but the presence of LayerScale in the weights is false',
    ],
    ['class_token', args({ class_token: false }), 'class_token is false, but the presence of a class token in the weights is true'],
    ['num_heads', args({ num_heads: 5 }), '5 heads do not divide the width 64'],
    ['the labels', { ...config, label_names: ['n1', 'n2'] }, 'it names 2 labels, but the head in the weights has 3 classes'],
    [
      'input_size',
      pretrained({ input_size: [1, 48, 64] }),
      'input_size[0] is 1, but the number of channels of the patch embedding in the weights is 3',
    ],
  ];
  it.each(disagreements)('is refused where %s disagrees with the weights, and both are named', (_, wrong, message) => {
    const error = failure(() => read({}, wrong));
    expect(error.code).toBe('config');
    expect(error.message).toContain(message);
  });

  const malformed: readonly (readonly [string, JsonValue, string])[] = [
    ['no object', [1, 2], 'config.json: must be a JSON object, but is [1,2]'],
    ['a word for a number', args({ depth: 'two' }), 'model_args: depth must be a whole number, not negative, but is "two"'],
    ['a size that the patch does not divide', pretrained({ input_size: [3, 50, 64] }), '50×64, not a multiple of the patch 8×8'],
    ['a size of two numbers', pretrained({ input_size: [48, 64] }), 'input_size must be [channels, height, width]'],
    ['an enormous size', pretrained({ input_size: [3, 8e6, 8e6] }), 'at most 8192'],
    ['an unknown filter', pretrained({ interpolation: 'random' }), 'interpolation must be one of nearest, box, bilinear'],
    ['an unknown activation', args({ act_layer: 'mish' }), 'act_layer must be one of gelu'],
    ['a crop of more than everything', pretrained({ crop_pct: 1.2 }), 'crop_pct must be above 0 and at most 1'],
    ['no deviation', pretrained({ std: [0, 1, 1] }), 'std must be positive'],
    ['too few means', pretrained({ mean: [0.5, 0.5] }), '[0.5,0.5] has 2 numbers'],
    ['a pooling that is not built', { ...config, global_pool: 'map' }, 'global_pool "map" is not supported'],
  ];
  it.each(malformed)('is refused with %s', (_, wrong, message) => {
    expect(failure(() => read({}, wrong)).message).toContain(message);
  });

  it('gives the heads that the name implies, else heads of 64 dimensions', () => {
    const tiny = (architecture: string, width: number): number =>
      read({ width, mlpWidth: 8, depth: 1 }, { architecture, global_pool: 'token' }).config.heads;
    expect([
      tiny('deit_tiny_patch16_224', 192),
      tiny('vit_small_patch16', 384),
      tiny('dinov2_vits14', 384),
      tiny('vit_small_patch8', 128),
    ]).toEqual([3, 6, 6, 2]);
    expect(failure(() => tiny('vit_odd', 40)).message).toContain('the number of heads is not given');
  });

  it('takes activation and epsilon of CLIP, and positions of DINO, from the name', () => {
    expect(read({ preNorm: true }, { architecture: 'vit_base_patch16_clip_quickgelu_224' }).config).toMatchObject({
      epsilon: 1e-5,
      activation: 'quickGelu',
    });
    expect(read({}, { architecture: 'dino_vits16' }).config.positionInterpolation).toEqual({ antialias: false, offset: 0.1 });
  });
});
