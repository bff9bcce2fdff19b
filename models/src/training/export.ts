/**
 * Writes a trained model: F16 weights under timm's names, config.json, and a record of the training.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@cdam/tensor';
import { parseJson, type TensorToWrite, writeSafetensors } from '@cdam/vit';
import { DataError } from '../data/idx.ts';
import { asText } from '../json.ts';
import { modelConfig } from './model-config.ts';
import type { Recipe } from './recipe.ts';

const RECORD = 'training.json';

/** The contents of training.json. */
export interface TrainingRecord {
  readonly recipe: Recipe;
  /** The mean loss over the last hundredth of the steps. */
  readonly loss: number;
  /** The wall time of all steps, without interruptions. */
  readonly seconds: number;
  readonly backend: string;
  readonly adapter: string;
  readonly machine: string;
}

/** Writes model.safetensors, config.json and training.json into a folder. */
export async function exportModel(folder: string, weights: Parameters, record: TrainingRecord): Promise<void> {
  const tensors: TensorToWrite[] = [];
  for (const [name, weight] of Object.entries(weights)) {
    tensors.push({ name, dtype: 'F16', shape: weight.shape, data: await weight.data() });
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  await writeFile(join(folder, 'config.json'), asText(modelConfig(record.recipe)));
  await writeFile(join(folder, RECORD), asText(record));
}

/**
 * Reads training.json.
 * @throws DataError when it is not the record of a training
 */
export async function readTrainingRecord(folder: string): Promise<TrainingRecord> {
  const file = join(folder, RECORD);
  const record: unknown = parseJson(await readFile(file, 'utf8'), file);
  if (!isTrainingRecord(record)) throw new DataError(`${file}: is not the record of a training; train the model again`);
  return record;
}

function isTrainingRecord(value: unknown): value is TrainingRecord {
  if (typeof value !== 'object' || value === null) return false;
  if (!('recipe' in value && 'loss' in value && 'seconds' in value && 'machine' in value)) return false;
  const { recipe, loss, seconds } = value;
  return (
    typeof recipe === 'object' && recipe !== null && 'architecture' in recipe && typeof loss === 'number' && typeof seconds === 'number'
  );
}
