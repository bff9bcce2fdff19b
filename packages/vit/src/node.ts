/**
 * Reads models from folders, in Node. This is the only part of the package that uses the file system.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { CheckpointFiles } from './checkpoint/read.ts';
import { CheckpointError } from './errors.ts';
import { type JsonValue, parseJson } from './json.ts';
import { type LoadOptions, loadVit as loadFiles } from './load.ts';
import type { VisionTransformer } from './model/vision-transformer.ts';

/**
 * Loads a model from a folder, from a .safetensors file, or from what `loadVit` of the main entry takes.
 * @throws CheckpointError `file` when there is nothing to read; and as `loadVit` of the main entry does
 */
export async function loadVit(source: string | CheckpointFiles | Uint8Array, options: LoadOptions): Promise<VisionTransformer> {
  return await loadFiles(typeof source === 'string' ? await readModelFolder(source) : source, options);
}

/**
 * Reads the files of a model.
 *
 * @param path a folder with model.safetensors or with exactly one other .safetensors file, or the path of such a file; config.json and
 *   preprocessor_config.json are read too if they lie beside it
 * @returns the files; their name is that of the folder, or of the file
 * @throws CheckpointError `file` when there is no such path or it holds no model, `config` for malformed JSON
 */
export async function readModelFolder(path: string): Promise<CheckpointFiles> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    (cause: unknown) => {
      throw new CheckpointError('file', `model: ${reason(path, cause)}`, { cause });
    },
  );
  const file = isFolder ? join(path, await weightsIn(path)) : path;
  if (!isFolder && extname(file) !== '.safetensors') {
    throw new CheckpointError('file', `model: ${path} is not a .safetensors file; give one, or the folder that holds it`);
  }
  const folder = dirname(resolve(file));
  const weights = await readFile(file).catch((cause: unknown) => {
    throw new CheckpointError('file', `model: ${reason(file, cause)}`, { cause });
  });
  return {
    weights,
    config: await jsonBeside(folder, 'config.json'),
    preprocessor: await jsonBeside(folder, 'preprocessor_config.json'),
    name: isFolder ? basename(resolve(path)) : basename(file, '.safetensors'),
  };
}

async function weightsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  if (weights.includes('model.safetensors')) return 'model.safetensors';
  const [only] = weights;
  if (names.includes('model.safetensors.index.json')) {
    throw new CheckpointError(
      'file',
      `model: the weights in ${folder} are split over ${weights.length} files; join them into one model.safetensors`,
    );
  }
  if (only !== undefined && weights.length === 1) return only;
  if (weights.length > 1) throw new CheckpointError('file', `model: ${folder} holds ${weights.join(', ')}; give the path of one of them`);
  const pickled = names.find((name) => /\.(bin|pth|pt|ckpt)$/.test(name));
  const advice = pickled === undefined ? 'no model.safetensors' : `${pickled} but no model.safetensors; convert it`;
  throw new CheckpointError('file', `model: the folder ${folder} holds ${advice}`);
}

async function jsonBeside(folder: string, name: string): Promise<JsonValue | undefined> {
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new CheckpointError('file', `model: ${reason(path, cause)}`, { cause });
  });
  return text === undefined ? undefined : parseJson(text, path);
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

function reason(path: string, cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no ${path}; give a model folder or a .safetensors file`;
  return `${path} cannot be read (${code ?? String(cause)})`;
}
