/**
 * Checkpoints of a training. Each is a safetensors file with the weights and the moments of the optimiser as F32, and in its metadata the
 * step, the state of the random numbers, the time spent and the recipe.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, type Parameters, type RandomState, tensor } from '@cdam/tensor';
import { parseJson, readSafetensors, type Safetensors, type TensorToWrite, toFloat32, writeSafetensors } from '@cdam/vit';
import { DataError } from '../data/idx.ts';
import type { Recipe } from './recipe.ts';
import type { TrainingState } from './trainer.ts';

/** How many checkpoints are kept; older ones are removed. */
const KEPT = 2;
const FILE_NAME = /^step-(\d+)\.safetensors$/;
const GROUPS = ['weights', 'mean', 'variance'] as const;

/** A training that can be continued. */
export interface Checkpoint {
  readonly state: TrainingState;
  /** How long the training has taken so far. */
  readonly seconds: number;
}

/** Writes a checkpoint, completely or not at all, and removes all but the last two. */
export async function saveCheckpoint(folder: string, recipe: Recipe, { state, seconds }: Checkpoint): Promise<void> {
  const tensors: TensorToWrite[] = [];
  for (const group of GROUPS) {
    for (const [name, value] of Object.entries(state[group])) {
      tensors.push({ name: `${group}.${name}`, dtype: 'F32', shape: value.shape, data: await value.data() });
    }
  }
  const facts = { step: state.step, random: state.random, seconds, recipe };
  const file = join(folder, `step-${String(state.step).padStart(6, '0')}.safetensors`);
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.part`, writeSafetensors(tensors, { training: JSON.stringify(facts) }));
  await rename(`${file}.part`, file);
  for (const old of (await checkpointFiles(folder)).slice(0, -KEPT)) await rm(join(folder, old));
}

/**
 * The last checkpoint in a folder, or undefined when there is none.
 * @throws DataError when it belongs to another recipe; CheckpointError when the file is damaged
 */
export async function loadLastCheckpoint(folder: string, recipe: Recipe, backend: Backend): Promise<Checkpoint | undefined> {
  const name = (await checkpointFiles(folder)).at(-1);
  if (name === undefined) return undefined;
  const file = join(folder, name);
  const contents = readSafetensors(await readFile(file));
  const { step, random, seconds, recipe: found } = readFacts(contents, file);
  if (JSON.stringify(found) !== JSON.stringify(recipe)) {
    throw new DataError(`${file}: belongs to a training with another recipe; remove the folder, or give another one with --checkpoints`);
  }
  const [weights, mean, variance] = GROUPS.map((group) => upload(contents, group, backend));
  if (weights === undefined || mean === undefined || variance === undefined) throw new DataError(`${file}: is not complete`);
  return { state: { weights, mean, variance, step, random }, seconds };
}

function upload(contents: Safetensors, group: string, backend: Backend): Parameters {
  const entries = [...contents.entries].filter(([name]) => name.startsWith(`${group}.`));
  return Object.fromEntries(entries.map(([name, entry]) => [name.slice(group.length + 1), tensor(backend, toFloat32(entry), entry.shape)]));
}

interface Facts {
  readonly step: number;
  readonly random: RandomState;
  readonly seconds: number;
  readonly recipe: unknown;
}

function readFacts(contents: Safetensors, file: string): Facts {
  const text = contents.metadata.get('training');
  const facts: unknown = text === undefined ? undefined : parseJson(text, file);
  if (!isFacts(facts))
    throw new DataError(`${file}: is not a checkpoint of a training; remove it, or give another folder with --checkpoints`);
  return facts;
}

function isFacts(value: unknown): value is Facts {
  if (typeof value !== 'object' || value === null) return false;
  if (!('step' in value && 'random' in value && 'seconds' in value && 'recipe' in value)) return false;
  const { step, random, seconds } = value;
  return (
    Number.isInteger(step) && typeof seconds === 'number' && Array.isArray(random) && random.length === 4 && random.every(Number.isInteger)
  );
}

/** The names of the checkpoints in a folder, the oldest first. */
async function checkpointFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
