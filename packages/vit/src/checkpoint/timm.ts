/**
 * Reads config.json as timm writes it (`architecture`, `model_args`, `pretrained_cfg`), and has the defaults for a checkpoint without
 * one.
 */
import { CheckpointError } from '../errors.ts';
import { type Fields, isObject, isPositiveInteger, shown } from '../json.ts';
import type { Resample } from '../preprocess/resize.ts';
import { activationNamed, type Claims, IMAGENET_MEAN, IMAGENET_STD, perChannel, type Statement, stated, statedPatch } from './claims.ts';
import type { WeightFacts } from './facts.ts';

const FILTERS: readonly Resample[] = ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'];

/**
 * What timm's config.json says. An empty one gives timm's defaults, each listed as an assumption.
 *
 * @throws CheckpointError `config` for a field that is malformed, `unsupported` for a pooling or a crop mode that is not supported
 */
export function timmClaims(config: Fields, facts: WeightFacts): Claims {
  const args = config.fields('model_args');
  const pretrained = config.fields('pretrained_cfg');
  const architecture = config.string('architecture') ?? pretrained?.string('architecture');
  const assumptions: string[] = [];
  const { clip, quick } = { clip: /_clip_/.test(architecture ?? ''), quick: /quickgelu/.test(architecture ?? '') };
  if (config.keys().length === 0) assumptions.push('epsilon 1e-6 and the exact GELU, as timm has, since there is no config.json');
  return {
    architecture,
    statements: timmStatements(config, args, pretrained, facts),
    heads: args?.integer('num_heads'),
    epsilon: clip ? 1e-5 : 1e-6,
    activation: activationNamed(args, 'act_layer') ?? (quick ? 'quickGelu' : 'gelu'),
    pool: poolOf(args) ?? poolOf(config) ?? poolOf(pretrained),
    positionsFor: sized(args, 'img_size'),
    input: inputSize(pretrained),
    patchPositionsOnly: args?.boolean('no_embed_class') ?? false,
    ...timmLabels(config, pretrained),
    multiLabel: config.string('problem_type') === 'multi_label_classification',
    regression: config.string('problem_type') === 'regression',
    resizeTo: undefined,
    preprocessing: timmPreprocessing(pretrained, facts, assumptions),
    assumptions,
  };
}

function timmStatements(config: Fields, args: Fields | undefined, pretrained: Fields | undefined, facts: WeightFacts): Statement[] {
  const classes = stated(config, 'num_classes', 'classes');
  const statements = [
    ...(classes.length > 0 ? classes : stated(args, 'num_classes', 'classes')),
    ...stated(config, 'num_features', 'width'),
    ...stated(args, 'embed_dim', 'width'),
    ...stated(args, 'depth', 'depth'),
    ...stated(args, 'in_chans', 'channels'),
    ...stated(args, 'reg_tokens', 'registerTokens'),
    ...statedPatch(args, 'patch_size'),
  ];
  if (statements.every((statement) => statement.fact !== 'classes')) statements.push(...stated(pretrained, 'num_classes', 'classes'));
  const flags = [
    ['class_token', 'classToken'],
    ['qkv_bias', 'qkvBias'],
    ['pre_norm', 'preNorm'],
  ] as const;
  for (const [key, fact] of flags) {
    const value = args?.boolean(key);
    if (args !== undefined && value !== undefined) statements.push({ where: args.where, key, value, fact });
  }
  const ratio = args?.number('mlp_ratio');
  if (args !== undefined && ratio !== undefined) {
    statements.push({
      where: args.where,
      key: `mlp_ratio ${ratio}, so the MLP's width`,
      value: Math.trunc(facts.width * ratio),
      fact: 'mlpWidth',
    });
  }
  const scale = args?.number('init_values');
  if (args !== undefined && scale !== undefined && scale !== 0)
    statements.push({ where: args.where, key: 'init_values, so LayerScale', value: true, fact: 'layerScale' });
  const channels = pretrained?.numbers('input_size')?.[0];
  if (pretrained !== undefined && channels !== undefined)
    statements.push({ where: pretrained.where, key: 'input_size[0]', value: channels, fact: 'channels' });
  return statements;
}

function poolOf(fields: Fields | undefined): 'token' | 'avg' | undefined {
  const pool = fields?.string('global_pool');
  if (fields === undefined || pool === undefined || pool === '') return undefined;
  if (pool === 'token' || pool === 'avg') return pool;
  throw new CheckpointError('unsupported', `${fields.where}: global_pool ${shown(pool)} is not supported; only token and avg are`);
}

function sized(fields: Fields | undefined, key: string): Claims['positionsFor'] {
  const size = fields?.size(key);
  return fields === undefined || size === undefined ? undefined : { key: `${fields.where}: ${key}`, size };
}

function inputSize(pretrained: Fields | undefined): Claims['input'] {
  const size = pretrained?.value('input_size');
  if (pretrained === undefined || size === undefined) return undefined;
  if (Array.isArray(size) && size.length === 3 && size.every(isPositiveInteger)) {
    const [, height = 0, width = 0] = pretrained.numbers('input_size') ?? [];
    return { key: `${pretrained.where}: input_size`, size: [height, width] };
  }
  throw pretrained.wrong('input_size', '[channels, height, width]', size);
}

function timmPreprocessing(pretrained: Fields | undefined, facts: WeightFacts, assumptions: string[]): Claims['preprocessing'] {
  const mode = pretrained?.string('crop_mode') ?? 'center';
  if (mode !== 'center' && mode !== 'squash') {
    throw new CheckpointError(
      'unsupported',
      `config.json: pretrained_cfg: crop_mode ${shown(mode)} is not supported; only center and squash are`,
    );
  }
  const fraction = pretrained?.number('crop_pct');
  if (pretrained !== undefined && fraction !== undefined && !(fraction > 0 && fraction <= 1))
    throw pretrained.wrong('crop_pct', 'above 0 and at most 1', fraction);
  const resample = filterNamed(pretrained);
  const mean = pretrained?.numbers('mean');
  const std = pretrained?.numbers('std');
  if (pretrained !== undefined && std?.some((value) => value <= 0)) throw pretrained.wrong('std', 'positive', std);
  const colours = facts.channels === 3;
  if (mean === undefined || std === undefined) assumptions.push(`mean and deviation ${colours ? 'of ImageNet' : '0.5'} for normalising`);
  if (fraction === undefined || resample === undefined)
    assumptions.push(`pictures resized with the ${resample ?? 'bicubic'} filter, of which ${fraction ?? 0.9} is kept by the crop`);
  return {
    fit: mode === 'squash' ? 'squash' : 'crop',
    cropFraction: fraction ?? 0.9,
    cropRounding: 'round',
    resample: resample ?? 'bicubic',
    // timm does not pass the filter to this transform, whose default is bilinear (data/transforms_factory.py).
    resampleNonSquare: 'bilinear',
    rescale: 1 / 255,
    mean: perChannel(mean ?? (colours ? IMAGENET_MEAN : [0.5]), facts.channels, 'config.json: pretrained_cfg: mean'),
    std: perChannel(std ?? (colours ? IMAGENET_STD : [0.5]), facts.channels, 'config.json: pretrained_cfg: std'),
  };
}

function filterNamed(pretrained: Fields | undefined): Resample | undefined {
  const name = pretrained?.string('interpolation');
  if (pretrained === undefined || name === undefined) return undefined;
  const filter = FILTERS.find((known) => known === name);
  if (filter === undefined) throw pretrained.wrong('interpolation', `one of ${FILTERS.join(', ')}`, name);
  return filter;
}

function timmLabels(config: Fields, pretrained: Fields | undefined): Pick<Claims, 'labels' | 'labelNames'> {
  const source = [config, pretrained].find((fields) => fields?.value('label_names') !== undefined);
  const names = source?.strings('label_names') ?? config.strings('labels');
  const descriptions = source?.value('label_descriptions');
  if (names === undefined || descriptions === undefined) return { labels: names, labelNames: undefined };
  const readable = new Map(isObject(descriptions) ? Object.entries(descriptions) : []);
  const labels = names.map((name, index) => {
    const label = Array.isArray(descriptions) ? descriptions[index] : readable.get(name);
    return typeof label === 'string' ? label : name;
  });
  return { labels, labelNames: names };
}
