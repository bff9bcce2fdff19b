import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json.ts';
import { expectedShapes } from './facts.ts';
import { type Checkpoint, readCheckpoint } from './read.ts';
import { bytesOf, facts, failure, huggingFace } from './toy.ts';

describe('config.json of Hugging Face', () => {
  const config = {
    architectures: ['ViTForImageClassification'],
    model_type: 'vit',
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 128,
    hidden_act: 'gelu_pytorch_tanh',
    layer_norm_eps: 1e-12,
    image_size: 32,
    patch_size: 8,
    num_channels: 3,
    id2label: { 0: 'cat', 1: 'dog', 2: 'cow' },
  };
  const processor = { size: { height: 32, width: 32 }, resample: 2, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
  const prepared = (preprocessor: JsonValue): Checkpoint['config'] =>
    readCheckpoint({ weights: bytesOf(huggingFace(expectedShapes(facts))), config, preprocessor }).config;

  it('gives what the weights do not show', () => {
    expect(prepared(processor)).toMatchObject({
      heads: 4,
      epsilon: 1e-12,
      activation: 'geluTanh',
      labels: ['cat', 'dog', 'cow'],
      assumptions: [],
    });
    expect(prepared(processor).preprocessing).toMatchObject({
      fit: 'squash',
      resizeHeight: 32,
      resizeWidth: 32,
      resample: 'bilinear',
      rescale: 1 / 255,
    });
  });

  it('reads every form of preprocessor_config.json', () => {
    expect(prepared({ ...processor, size: 48, feature_extractor_type: 'ViTFeatureExtractor' })).toMatchObject({
      inputHeight: 48,
      preprocessing: { fit: 'squash' },
    });
    const dino = { ...processor, size: { shortest_edge: 37 }, do_center_crop: true, crop_size: { height: 32, width: 32 }, resample: 3 };
    expect(prepared(dino)).toMatchObject({
      inputHeight: 32,
      preprocessing: { fit: 'crop', resizeHeight: 37, cropRounding: 'floor', resample: 'bicubic' },
    });
    const deit = { ...dino, size: { height: 36, width: 36 }, crop_size: 32, do_normalize: false };
    expect(prepared(deit)).toMatchObject({
      inputWidth: 32,
      preprocessing: { fit: 'squash', resizeWidth: 36, mean: [0, 0, 0], std: [1, 1, 1] },
    });
  });

  const wrong: readonly (readonly [string, JsonValue, JsonValue, string])[] = [
    [
      'hidden_size',
      { ...config, hidden_size: 768 },
      processor,
      'hidden_size is 768, but the width (embedding length) in the weights is 64',
    ],
    [
      'num_hidden_layers',
      { ...config, num_hidden_layers: 12 },
      processor,
      'num_hidden_layers is 12, but the number of blocks in the weights is 2',
    ],
    ['image_size', { ...config, image_size: 224 }, processor, 'image_size is [224,224], a grid of 28×28 patches, but pos_embed'],
    [
      'id2label',
      { ...config, id2label: { 0: 'cat' } },
      processor,
      "number of labels is 1, but the number of the head's classes in the weights is 3",
    ],
    ['gaps in id2label', { ...config, id2label: { 0: 'a', 1: 'b', 7: 'c' } }, processor, 'a label, one for every class from 0'],
    ['model_type', { ...config, model_type: 'swin' }, processor, 'model_type "swin" is not supported'],
    ['an open size', config, { ...processor, size: { shortest_edge: 32 } }, 'pictures of no fixed size'],
    [
      'a size of another kind',
      config,
      { ...processor, size: { longest_edge: 32 } },
      'size must be a number, {"height", "width"} or {"shortest_edge"}',
    ],
  ];
  it.each(wrong)('is refused for %s', (_, json, preprocessor, message) => {
    const weights = bytesOf(huggingFace(expectedShapes(facts)));
    expect(failure(() => readCheckpoint({ weights, config: json, preprocessor })).message).toContain(message);
  });

  it('may have labels for a model without a head, unless it says that the model is a classifier', () => {
    const weights = bytesOf(huggingFace(expectedShapes({ ...facts, classes: 0 })));
    expect(readCheckpoint({ weights, config: { ...config, architectures: ['ViTModel'] } }).config.classes).toBe(0);
    expect(failure(() => readCheckpoint({ weights, config })).message).toContain('is 3, but the number of the head');
  });
});
