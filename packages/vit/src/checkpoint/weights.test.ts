import { describe, expect, it } from 'vitest';
import { KeysError } from '../errors.ts';
import { expectedShapes } from './facts.ts';
import { meaningOf } from './names.ts';
import { readCheckpoint } from './read.ts';
import { adding, bytesOf, facts, failure, huggingFace, read, type Shapes, without } from './toy.ts';

describe('readCheckpoint', () => {
  it('reads sizes from the weights alone, and says what it assumed', () => {
    const { config, parameters, ignored, style, dtypes } = read();
    expect(config).toMatchObject({
      width: 64,
      depth: 2,
      heads: 1,
      mlpWidth: 128,
      patchHeight: 8,
      classes: 3,
      prefixTokens: 1,
      pool: 'token',
    });
    expect(config).toMatchObject({
      epsilon: 1e-6,
      activation: 'gelu',
      inputHeight: 32,
      inputWidth: 32,
      positions: { rows: 4, columns: 4, prefix: 1 },
    });
    expect(config.assumptions.join('; ')).toContain('1 heads, of the usual 64 dimensions each');
    expect([style, dtypes, ignored]).toEqual(['timm', ['F32'], []]);
    expect(parameters).toBe([...expectedShapes(facts).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0));
  });

  it.each(['module.', 'model.', 'state_dict.module.', 'teacher.backbone.', 'visual.trunk.', 'encoder.'])(
    'removes the wrapper %s',
    (prefix) => {
      expect(read({}, undefined, (shapes) => new Map([...shapes].map(([name, shape]) => [prefix + name, shape]))).config.depth).toBe(2);
    },
  );

  it('reads Hugging Face names and joins query, key and value in this order', () => {
    const { weights, style, config } = read({}, undefined, huggingFace);
    const names = [...huggingFace(expectedShapes(facts)).keys()];
    const qkv = weights.get('blocks.1.attn.qkv.weight');
    expect(style).toBe('huggingface');
    expect(config.positionInterpolation).toEqual({ antialias: false, offset: 0 });
    expect(qkv?.shape).toEqual([192, 64]);
    const values = qkv?.data() ?? new Float32Array();
    const numbers = ['query', 'key', 'value'].map((part) => names.indexOf(`vit.encoder.layer.1.attention.attention.${part}.weight`));
    expect([values[0], values[64 * 64], values[2 * 64 * 64], values.length]).toEqual([...numbers, 3 * 64 * 64]);
  });

  it('reads registers, LayerScale, two heads, a mean-pooled head, no head', () => {
    expect(read({ registerTokens: 4, layerScale: true }).config).toMatchObject({
      prefixTokens: 5,
      layerScale: true,
      positions: { prefix: 1, rows: 4 },
    });
    expect(read({ registerTokens: 4, positionRows: 16 }).config.positions).toEqual({ rows: 4, columns: 4, prefix: 0 });
    expect(read({ registerTokens: 4, positionRows: 21 }).config.positions).toEqual({ rows: 4, columns: 4, prefix: 5 });
    expect(read({ distillationToken: true, distilledHead: true, positionRows: 18 }).config).toMatchObject({
      prefixTokens: 2,
      distilledHead: true,
    });
    expect(read({ finalNorm: 'fc_norm' }).config).toMatchObject({ pool: 'avg', finalNorm: 'fc_norm' });
    expect(read({ classToken: false, positionRows: 16 }).config).toMatchObject({ pool: 'avg', prefixTokens: 0 });
    expect(read({ classes: 0 }).config).toMatchObject({ classes: 0, labels: undefined });
    expect(read({ qkvBias: false, patchBias: false, preNorm: true }).config).toMatchObject({
      qkvBias: false,
      patchBias: false,
      preNorm: true,
    });
  });

  it('ignores tensors that are not needed, and lists them', () => {
    const { ignored, config } = read({ classes: 0, layerScale: true }, undefined, adding('mask_token', [1, 64]));
    expect(ignored).toEqual(['mask_token']);
    expect(config.positionInterpolation).toEqual({ antialias: false, offset: 0.1 });
    expect(read({}, undefined, (shapes) => adding('vit.pooler.dense.weight')(huggingFace(shapes))).ignored).toEqual([
      'vit.pooler.dense.weight',
    ]);
  });

  it('lists tensors that are missing, unexpected and of a wrong shape, all at once', () => {
    const error = failure(() =>
      read({}, undefined, (shapes) =>
        adding('blocks.0.norm1.gamma')(without('blocks.1.norm2.bias', 'norm.weight')(shapes)).set('head.bias', [4]),
      ),
    );
    expect(error).toBeInstanceOf(KeysError);
    expect(error.code).toBe('keys');
    expect(error).toMatchObject({
      missing: ['blocks.1.norm2.bias', 'norm.weight'],
      unexpected: ['blocks.0.norm1.gamma'],
      wrongShape: ['head.bias [4] instead of [3]'],
    });
    expect(error.message).toContain('2 missing (blocks.1.norm2.bias, norm.weight); 1 unexpected (blocks.0.norm1.gamma)');
  });

  it('names the one of query, key and value that is missing or of another shape', () => {
    const key = 'vit.encoder.layer.1.attention.attention.key.weight';
    expect(failure(() => read({}, undefined, (shapes) => without(key)(huggingFace(shapes))))).toMatchObject({
      missing: ['blocks.1.attn.k.weight'],
      unexpected: [],
    });
    const unlike = failure(() => read({}, undefined, (shapes) => huggingFace(shapes).set(key, [63, 64])));
    expect(unlike).toMatchObject({ missing: [] });
    expect(unlike.message).toContain(`${key} [63, 64]`);
  });

  it('finds a block that is missing in the middle', () => {
    const error = failure(() =>
      read({ depth: 3 }, undefined, (shapes) => new Map([...shapes].filter(([name]) => !name.startsWith('blocks.1.')))),
    );
    expect(error).toMatchObject({ code: 'keys', unexpected: [] });
    expect(error.message).toContain('12 missing (blocks.1.norm1.weight');
  });

  it('says which keys show that a network is not a Vision Transformer', () => {
    const resnet: Shapes = new Map(
      ['conv1.weight', 'bn1.weight', 'layer1.0.conv1.weight', 'fc.weight', 'fc.bias'].map((name) => [name, [2]]),
    );
    const error = failure(() => readCheckpoint({ weights: bytesOf(resnet) }));
    expect(error.code).toBe('not-vit');
    expect(error.message).toContain(
      'it has conv1.weight, bn1.weight, layer1.0.conv1.weight, fc.weight and 1 more, and no patch embedding and no attention blocks',
    );
    expect(failure(() => readCheckpoint({ weights: bytesOf(new Map()) })).code).toBe('not-vit');
  });

  const parts: readonly (readonly [string, string])[] = [
    ['blocks.0.mlp.w12.weight', 'a SwiGLU MLP'],
    ['blocks.0.attn.q_norm.weight', 'query and key normalisation'],
    ['rope_embed.periods', 'rotary position embeddings'],
    ['blocks.0.attn.relative_position_bias_table', 'relative position biases'],
    ['blocks.0.attns.1.qkv.weight', 'parallel blocks'],
    ['attn_pool.latent', 'attention pooling'],
    ['patch_embed.backbone.stem.conv.weight', 'a convolutional stem'],
    ['pre_logits.fc.weight', 'a layer before the head'],
  ];
  it.each(parts)('refuses %s, and names it', (key, part) => {
    const error = failure(() => read({}, undefined, adding(key)));
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain(`${key} belongs to ${part}`);
  });

  it('refuses two models in one file', () => {
    const both = (shapes: Shapes): Shapes =>
      new Map([...shapes].flatMap(([name, shape]) => ['teacher.', 'student.'].map((who) => [who + name, shape] as const)));
    expect(failure(() => read({}, undefined, both)).message).toContain('both teacher.cls_token and student.cls_token are cls_token');
  });

  it('knows the names of DeiT III and of grouped DINOv2 blocks', () => {
    expect(meaningOf('blocks.3.gamma_2')).toMatchObject({ name: 'blocks.3.ls2.gamma' });
    expect(meaningOf('blocks.1.10.ls1.gamma')).toMatchObject({ name: 'blocks.10.ls1.gamma', style: 'hub' });
    expect(meaningOf('dinov2.encoder.layer.3.layer_scale1.lambda1')).toMatchObject({ name: 'blocks.3.ls1.gamma', style: 'huggingface' });
    expect(meaningOf('deit.embeddings.distillation_token')).toMatchObject({ name: 'dist_token' });
    expect(meaningOf('distillation_classifier.bias')).toMatchObject({ name: 'head_dist.bias' });
  });
});
