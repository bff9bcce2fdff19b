/**
 * `cdam inspect`: what a checkpoint contains. Nothing is computed with it.
 */
import { type Checkpoint, type KeyStyle, KeysError, readCheckpoint, type VitConfig } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { Command } from 'commander';
import { Console } from '../console.ts';
import { countOf } from '../report.ts';

/** Which library's names the tensors have. */
const STYLES: Readonly<Record<KeyStyle, string>> = { timm: 'timm', huggingface: 'Hugging Face', hub: 'DINO hub' };

type Row = readonly [name: string, value: string];

/** The command `cdam inspect`. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('what a checkpoint contains, and which tensors are missing or unexpected')
    .argument('<model>', 'a model folder, or a .safetensors file')
    .action(async (model: string) => {
      const console = new Console({ quiet: false });
      const files = await readModelFolder(model);
      try {
        const checkpoint = readCheckpoint(files);
        print(console, [...architecture(checkpoint), ...input(checkpoint.config), ...head(checkpoint.config), ...tensors(checkpoint)]);
      } catch (error) {
        if (error instanceof KeysError) print(console, troubles(error));
        throw error;
      }
    });
}

function print(console: Console, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) console.line(`${name.padEnd(width)}  ${value}`);
}

function architecture({ config, parameters, style, dtypes }: Checkpoint): Row[] {
  const parts = [
    config.layerScale ? 'LayerScale' : '',
    config.preNorm ? 'norm before the blocks' : '',
    config.qkvBias ? '' : 'no qkv bias',
    config.patchBias ? '' : 'no patch bias',
  ].filter((part) => part !== '');
  return [
    ['name', config.name],
    ['architecture', config.architecture],
    ['parameters', `${parameters} (${countOf(parameters)})`],
    ['weights', `${dtypes.join(', ')}, ${STYLES[style]} names`],
    ['blocks', `${config.depth}, ${config.width} wide, ${config.heads} heads, MLP ${config.mlpWidth} wide with ${config.activation}`],
    ['layer norm', `epsilon ${config.epsilon}, the last one ${config.finalNorm === 'norm' ? 'before' : 'after'} pooling`],
    ['parts', parts.length === 0 ? 'as in the original Vision Transformer' : parts.join(', ')],
  ];
}

function input(config: VitConfig): Row[] {
  const { patchHeight, patchWidth, inputHeight, inputWidth, preprocessing: how, positions } = config;
  const [rows, columns] = [inputHeight / patchHeight, inputWidth / patchWidth];
  const resized = positions.rows === rows && positions.columns === columns ? '' : `, resized to ${rows}×${columns}`;
  const fit =
    how.fit === 'crop'
      ? `cover ${how.resizeWidth}×${how.resizeHeight}, crop the centre`
      : `squash to ${how.resizeWidth}×${how.resizeHeight}`;
  return [
    ['input', `${inputWidth}×${inputHeight} pixels, ${config.channels} channels`],
    ['patches', `${patchWidth}×${patchHeight} pixels, ${rows} rows × ${columns} columns = ${rows * columns}`],
    ['prefix tokens', prefixTokens(config)],
    ['positions', `${positions.rows}×${positions.columns} in the checkpoint${resized}`],
    ['preprocessing', `${fit}, ${how.resample}; mean ${how.mean.join(', ')}; deviation ${how.std.join(', ')}`],
  ];
}

function prefixTokens({ prefixTokens: count, classToken, distillationToken, registerTokens }: VitConfig): string {
  const kinds = [
    classToken ? 'class' : '',
    distillationToken ? 'distillation' : '',
    registerTokens > 0 ? `${registerTokens} registers` : '',
  ];
  const named = kinds.filter((kind) => kind !== '');
  return named.length === 0 ? String(count) : `${count} (${named.join(', ')})`;
}

function head({ classes, pool, distilledHead, multiLabel, labels }: VitConfig): Row[] {
  if (classes === 0) return [['head', 'none: only the attention map and functions of the latent can be explained']];
  const reads = distilledHead ? 'class and distillation token' : pool === 'avg' ? 'the mean over the patches' : 'the class token';
  const shown = labels?.slice(0, 4).join('; ');
  return [
    ['head', `${classes} ${multiLabel ? 'independent classes (sigmoid)' : 'classes (softmax)'}, reads ${reads}`],
    ['labels', shown === undefined ? 'none: classes have numbers only' : `${shown}${classes > 4 ? '; ...' : ''}`],
  ];
}

function tensors({ config, ignored }: Checkpoint): Row[] {
  return [
    ['missing', 'none'],
    ['unexpected', 'none'],
    ['not needed', list(ignored)],
    ...config.assumptions.map((assumption): Row => ['assumed', assumption]),
  ];
}

function troubles({ missing, unexpected, wrongShape }: KeysError): Row[] {
  return [
    ['missing', list(missing)],
    ['unexpected', list(unexpected)],
    ['wrong shape', list(wrongShape)],
  ];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
