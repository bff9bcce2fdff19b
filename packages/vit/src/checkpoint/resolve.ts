/**
 * Makes the configuration from the weights and from config.json: checks that both agree, finds the grid of position embeddings, and
 * adds what neither of them says.
 */
import type { PositionGrid, PositionInterpolation, VitConfig } from '../config.ts';
import { CheckpointError } from '../errors.ts';
import { Fields, type JsonValue, shown } from '../json.ts';
import { boxFor, LARGEST_SIDE } from '../preprocess/size.ts';
import type { Claims } from './claims.ts';
import type { WeightFacts } from './facts.ts';
import { headsFor } from './heads.ts';
import { huggingFaceClaims } from './huggingface.ts';
import type { KeyStyle } from './names.ts';
import { timmClaims } from './timm.ts';

/** What readConfig reads. `config` and `preprocessor` are parsed JSON. */
export interface ConfigSources {
  readonly name: string;
  readonly facts: WeightFacts;
  readonly style: KeyStyle;
  readonly config: JsonValue | undefined;
  readonly preprocessor: JsonValue | undefined;
}

/**
 * The configuration of a model. config.json may be timm's or Hugging Face's, whichever names the tensors have.
 * @throws CheckpointError `config` when a file is malformed, disagrees with the weights (the message has both values) or does not say
 *   what is needed; `unsupported` for a model that is not supported
 */
export function readConfig({ name, facts, style, config, preprocessor }: ConfigSources): VitConfig {
  const fields = new Fields(config ?? {}, 'config.json');
  const hugging =
    fields.value('model_type') !== undefined ||
    fields.value('hidden_size') !== undefined ||
    (config === undefined && style === 'huggingface');
  const processor = preprocessor === undefined ? undefined : new Fields(preprocessor, 'preprocessor_config.json');
  const claims = hugging ? huggingFaceClaims(fields, processor, facts) : timmClaims(fields, facts);
  for (const { where, key, value, fact } of claims.statements) {
    if (facts[fact] !== value)
      throw new CheckpointError('config', `${where}: ${key} is ${value}, but ${WORDS[fact]} in the weights is ${facts[fact]}`);
  }
  const assumptions = [...claims.assumptions];
  const heads = headsOf(claims, facts, assumptions);
  const positions = positionGrid(claims, facts);
  const { inputHeight, inputWidth } = inputOf(claims, facts, positions);
  const boxed = boxFor({ ...claims.preprocessing, resizeHeight: 0, resizeWidth: 0 }, inputHeight, inputWidth);
  const [resizeHeight, resizeWidth] = claims.resizeTo ?? [boxed.resizeHeight, boxed.resizeWidth];
  const { positionRows: _, ...sizes } = facts;
  return {
    ...sizes,
    name,
    architecture: claims.architecture ?? `vit (${facts.width} wide, ${facts.depth} deep, patch ${facts.patchHeight})`,
    heads,
    inputHeight,
    inputWidth,
    prefixTokens: prefixCounts(facts).all,
    positions,
    positionInterpolation: interpolationOf(style, claims.architecture, facts),
    epsilon: claims.epsilon,
    activation: claims.activation,
    pool: poolOf(claims, facts),
    multiLabel: claims.multiLabel,
    regression: claims.regression,
    ...labelsOf(claims, facts),
    preprocessing: { ...boxed, resizeHeight, resizeWidth },
    assumptions,
  };
}

const WORDS: Readonly<Record<keyof WeightFacts, string>> = {
  width: 'the width (embedding length)',
  depth: 'the number of blocks',
  mlpWidth: "the MLP's width",
  channels: 'the number of channels of the patch embedding',
  patchHeight: 'the height of a patch',
  patchWidth: 'the width of a patch',
  classToken: 'the presence of a class token',
  distillationToken: 'the presence of a distillation token',
  registerTokens: 'the number of register tokens',
  positionRows: 'the number of position embeddings',
  classes: "the number of the head's classes",
  distilledHead: 'the presence of a distillation head',
  qkvBias: 'the presence of a bias for q, k and v',
  patchBias: "the presence of the patch embedding's bias",
  preNorm: 'the presence of norm_pre',
  layerScale: 'the presence of LayerScale',
  finalNorm: 'the last normalisation',
};

function headsOf(claims: Claims, facts: WeightFacts, assumptions: string[]): number {
  const assumed = claims.heads === undefined ? headsFor(claims.architecture, facts.width) : undefined;
  if (assumed !== undefined) assumptions.push(assumed.assumption);
  const heads = claims.heads ?? assumed?.heads;
  if (heads === undefined) {
    throw new CheckpointError(
      'config',
      `config.json: the number of heads is not given, and the width ${facts.width} does not imply it; add "model_args": {"num_heads": …}`,
    );
  }
  if (heads === 0 || facts.width % heads !== 0) {
    throw new CheckpointError('config', `config.json: ${heads} heads do not divide the width ${facts.width} of the weights`);
  }
  return heads;
}

function poolOf(claims: Claims, facts: WeightFacts): 'token' | 'avg' {
  const pool = claims.pool ?? (facts.classToken && facts.finalNorm === 'norm' ? 'token' : 'avg');
  if (pool === 'avg' || facts.classToken) return pool;
  throw new CheckpointError('config', 'config.json: global_pool is token, but there is no class token in the weights');
}

function prefixCounts(facts: WeightFacts): { all: number; special: number } {
  const special = Number(facts.classToken) + Number(facts.distillationToken);
  return { special, all: special + facts.registerTokens };
}

/** Finds how many rows of pos_embed belong to prefix tokens and how the others form a grid; the weights have only the sum of both. */
function positionGrid(claims: Claims, facts: WeightFacts): PositionGrid {
  const { special, all } = prefixCounts(facts);
  const prefixes = [...new Set(claims.patchPositionsOnly ? [0] : [special, all, 0])];
  const { positionsFor, input } = claims;
  for (const said of [positionsFor, input]) {
    if (said === undefined) continue;
    const [rows, columns] = gridOf(said.size, facts);
    const prefix = prefixes.find((count) => count + rows * columns === facts.positionRows);
    // When both fields are given, both may mean the size to run at while the embeddings are made for another. A single field must fit.
    if (prefix !== undefined && rows * columns > 0) {
      if (said === input && positionsFor !== undefined) break;
      return { rows, columns, prefix };
    }
  }
  if (positionsFor !== undefined && positionsFor.size.join() !== input?.size.join()) {
    const [rows, columns] = gridOf(positionsFor.size, facts);
    throw new CheckpointError(
      'config',
      `${positionsFor.key} is ${shown(positionsFor.size)}, a grid of ${rows}×${columns} patches, ` +
        `but pos_embed in the weights has ${facts.positionRows} rows, of which ${prefixes.join(' or ')} are for prefix tokens`,
    );
  }
  for (const prefix of prefixes) {
    const side = Math.round(Math.sqrt(facts.positionRows - prefix));
    if (side > 0 && side * side === facts.positionRows - prefix) return { rows: side, columns: side, prefix };
  }
  throw new CheckpointError(
    'config',
    `config.json: pos_embed has ${facts.positionRows} rows, which do not form a square grid; ` +
      'add "model_args": {"img_size": [height, width]} of the size it was made for',
  );
}

function gridOf([height, width]: readonly [number, number], facts: WeightFacts): readonly [number, number] {
  return [Math.floor(height / facts.patchHeight), Math.floor(width / facts.patchWidth)];
}

function inputOf(claims: Claims, facts: WeightFacts, positions: PositionGrid): { inputHeight: number; inputWidth: number } {
  const said = claims.input ?? claims.positionsFor;
  if (said === undefined) return { inputHeight: positions.rows * facts.patchHeight, inputWidth: positions.columns * facts.patchWidth };
  const [inputHeight, inputWidth] = said.size;
  if (inputHeight % facts.patchHeight !== 0 || inputWidth % facts.patchWidth !== 0) {
    throw new CheckpointError(
      'config',
      `${said.key} is ${inputHeight}×${inputWidth}, not a multiple of the patch ${facts.patchHeight}×${facts.patchWidth} in the weights`,
    );
  }
  if (Math.max(inputHeight, inputWidth) > LARGEST_SIDE)
    throw new CheckpointError('config', `${said.key} is ${inputHeight}×${inputWidth}; at most ${LARGEST_SIDE} is supported`);
  return { inputHeight, inputWidth };
}

function labelsOf(claims: Claims, facts: WeightFacts): Pick<VitConfig, 'labels' | 'labelNames'> {
  const count = claims.labels?.length;
  if (facts.classes === 0) return { labels: undefined, labelNames: undefined };
  if (count !== undefined && count !== facts.classes) {
    throw new CheckpointError('config', `config.json: it names ${count} labels, but the head in the weights has ${facts.classes} classes`);
  }
  return { labels: claims.labels, labelNames: claims.labelNames };
}

/** DINO checkpoints may have timm's names. Then only the architecture says that Meta's code resizes their positions. */
function interpolationOf(style: KeyStyle, architecture: string | undefined, facts: WeightFacts): PositionInterpolation {
  if (style === 'huggingface') return { antialias: false, offset: 0 };
  const meta = style === 'hub' || /^dino(v2)?_vit[sblg]\d+$/.test(architecture ?? '');
  return meta && facts.registerTokens === 0 ? { antialias: false, offset: 0.1 } : { antialias: true, offset: 0 };
}
