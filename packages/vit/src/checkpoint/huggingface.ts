/**
 * Reads config.json and preprocessor_config.json as Hugging Face's transformers writes them, for ViT, DeiT, ViT-MSN and DINOv2.
 */
import { CheckpointError } from '../errors.ts';
import { type Fields, isPositiveInteger, shown } from '../json.ts';
import type { Resample } from '../preprocess/resize.ts';
import {
  activationNamed,
  type Claims,
  fractionOf,
  IMAGENET_MEAN,
  IMAGENET_STD,
  perChannel,
  type Statement,
  stated,
  statedPatch,
} from './claims.ts';
import type { WeightFacts } from './facts.ts';

const MODEL_TYPES = ['vit', 'deit', 'vit_msn', 'dinov2', 'dinov2_with_registers'];
/** Filters by their numbers in Pillow. */
const RESAMPLE: readonly Resample[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

/**
 * What the config.json of transformers says, with the preprocessor_config.json where there is one.
 *
 * @throws CheckpointError `config` for a field that is malformed, `unsupported` for a model or a preprocessing that is not supported
 */
export function huggingFaceClaims(config: Fields, preprocessor: Fields | undefined, facts: WeightFacts): Claims {
  const type = config.string('model_type') ?? 'vit';
  if (!MODEL_TYPES.includes(type)) {
    throw new CheckpointError('unsupported', `config.json: model_type ${shown(type)} is not supported; only ${MODEL_TYPES.join(', ')} are`);
  }
  const assumptions: string[] = [];
  const epsilon = config.number('layer_norm_eps');
  const usual = type.startsWith('dinov2') || type === 'vit_msn' ? 1e-6 : 1e-12;
  if (epsilon === undefined) assumptions.push(`epsilon ${usual}, as transformers has for ${type}`);
  if (epsilon !== undefined && !(epsilon > 0)) throw config.wrong('layer_norm_eps', 'positive', epsilon);
  const positions = config.size('image_size');
  return {
    architecture: config.strings('architectures')?.[0] ?? type,
    statements: huggingFaceStatements(config, facts),
    heads: config.integer('num_attention_heads'),
    epsilon: epsilon ?? usual,
    activation: activationNamed(config, 'hidden_act') ?? 'gelu',
    pool: 'token',
    positionsFor: positions === undefined ? undefined : { key: 'config.json: image_size', size: positions },
    patchPositionsOnly: false,
    labels: facts.classes > 0 ? labelsOf(config) : undefined,
    labelNames: undefined,
    multiLabel: config.string('problem_type') === 'multi_label_classification',
    regression: config.string('problem_type') === 'regression',
    ...preprocessing(preprocessor, type, facts, assumptions),
    assumptions,
  };
}

function huggingFaceStatements(config: Fields, facts: WeightFacts): Statement[] {
  const statements = [
    ...stated(config, 'hidden_size', 'width'),
    ...stated(config, 'num_hidden_layers', 'depth'),
    ...stated(config, 'intermediate_size', 'mlpWidth'),
    ...stated(config, 'num_channels', 'channels'),
    ...stated(config, 'num_register_tokens', 'registerTokens'),
    ...statedPatch(config, 'patch_size'),
  ];
  const bias = config.boolean('qkv_bias');
  if (bias !== undefined) statements.push({ where: config.where, key: 'qkv_bias', value: bias, fact: 'qkvBias' });
  const labels = config.value('id2label');
  const classifier = config.strings('architectures')?.some((name) => name.includes('ForImageClassification')) ?? false;
  if ((facts.classes > 0 || classifier) && labels !== undefined) {
    const count = config.fields('id2label')?.keys().length ?? 0;
    statements.push({ where: config.where, key: "id2label's number of labels", value: count, fact: 'classes' });
  }
  return statements;
}

function labelsOf(config: Fields): readonly string[] | undefined {
  const table = config.fields('id2label');
  return table?.keys().map((_, index) => {
    const label = table.string(String(index));
    if (label === undefined) throw table.wrong(String(index), 'a label, one for every class from 0', undefined);
    return label;
  });
}

type Prepared = Pick<Claims, 'input' | 'resizeTo' | 'preprocessing'>;

function preprocessing(fields: Fields | undefined, type: string, facts: WeightFacts, assumptions: string[]): Prepared {
  if (fields === undefined)
    assumptions.push(`pictures prepared as transformers does for ${type} by default, since there is no preprocessor_config.json`);
  const { box, shorter } = resizeBox(fields);
  const cropped = fields?.boolean('do_center_crop') === true ? sizeOf(fields, 'crop_size')?.box : undefined;
  const input = cropped ?? box;
  if (fields !== undefined && shorter && cropped === undefined) {
    throw new CheckpointError(
      'unsupported',
      `${fields.where}: size ${shown(fields.value('size'))} without a centre crop gives pictures of no fixed size, which is not supported`,
    );
  }
  if (fields !== undefined && box !== undefined && input !== undefined && (box[0] < input[0] || box[1] < input[1])) {
    throw fields.wrong('crop_size', `at most the size ${shown(box)} that pictures are resized to`, fields.value('crop_size'));
  }
  const dino = type.startsWith('dinov2');
  const number = fields?.integer('resample') ?? (fields === undefined && !dino && type !== 'deit' ? 2 : 3);
  const resample = RESAMPLE[number];
  if (resample === undefined)
    throw new CheckpointError('config', `${fields?.where}: resample must be one of Pillow's filters, 0 to 5, but is ${number}`);
  const plain = fields?.boolean('do_normalize') === false;
  const [mean, std] = dino && fields === undefined ? [IMAGENET_MEAN, IMAGENET_STD] : [[0.5], [0.5]];
  const deviation = plain ? [1] : (fields?.numbers('image_std') ?? std);
  if (fields !== undefined && deviation.some((value) => value <= 0)) throw fields.wrong('image_std', 'positive', deviation);
  return {
    input: input === undefined ? undefined : { key: `${fields?.where}: size`, size: input },
    resizeTo: box,
    preprocessing: {
      fit: shorter ? 'crop' : 'squash',
      cropFraction: box === undefined || input === undefined ? 1 : fractionOf(input[0], box[0]),
      cropRounding: 'floor',
      resample,
      resampleNonSquare: resample,
      rescale: fields?.boolean('do_rescale') === false ? 1 : rescaling(fields),
      mean: perChannel(plain ? [0] : (fields?.numbers('image_mean') ?? mean), facts.channels, 'preprocessor_config.json: image_mean'),
      std: perChannel(deviation, facts.channels, 'preprocessor_config.json: image_std'),
    },
  };
}

/** The factor, which the file has in decimal digits. A value that differs from 1/255 only in the last digits is taken as 1/255. */
function rescaling(fields: Fields | undefined): number {
  const factor = fields?.number('rescale_factor') ?? 1 / 255;
  return Math.abs(factor * 255 - 1) < 1e-12 ? 1 / 255 : factor;
}

/** The size to resize to. Older versions have `size` as one number, which means the shorter edge in some classes. */
function resizeBox(fields: Fields | undefined): { box: readonly [number, number] | undefined; shorter: boolean } {
  const size = fields === undefined ? undefined : sizeOf(fields, 'size');
  if (fields === undefined || size === undefined) return { box: undefined, shorter: false };
  const name = fields.string('image_processor_type') ?? fields.string('feature_extractor_type') ?? '';
  const one = isPositiveInteger(fields.value('size'));
  return { box: size.box, shorter: size.shorter || (one && /CLIP|Bit|ConvNext/.test(name)) };
}

function sizeOf(fields: Fields, key: string): { box: readonly [number, number]; shorter: boolean } | undefined {
  const value = fields.value(key);
  if (value === undefined) return undefined;
  if (typeof value === 'number' || Array.isArray(value)) return { box: fields.size(key) ?? [1, 1], shorter: false };
  const size = fields.fields(key);
  const edge = size?.integer('shortest_edge');
  const height = edge ?? size?.integer('height');
  const width = edge ?? size?.integer('width');
  if (isPositiveInteger(height) && isPositiveInteger(width)) return { box: [height, width], shorter: edge !== undefined };
  throw fields.wrong(key, 'a number, {"height", "width"} or {"shortest_edge"}', value);
}
