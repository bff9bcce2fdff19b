/**
 * Turns the tensors of a file into the complete weights of one model under timm's names, or throws an error that lists every tensor
 * that does not fit.
 */
import { abridge, CheckpointError, KeysError } from '../errors.ts';
import { type SafetensorsEntry, toFloat32 } from '../safetensors/read.ts';
import { describeWeights, expectedShapes, type Weight, type WeightFacts } from './facts.ts';
import { type KeyMeaning, type KeyStyle, meaningOf } from './names.ts';

/** The tensors of a complete model. */
export interface CanonicalWeights {
  readonly facts: WeightFacts;
  /** By timm's names; queries, keys and values are one tensor `qkv`, in this order. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Keys of the file that the model does not need. */
  readonly ignored: readonly string[];
  readonly style: KeyStyle;
}

/**
 * Finds a model among the tensors of a checkpoint with timm's, Hugging Face's or DINO's names.
 * @throws CheckpointError `not-vit` with keys that show it, `unsupported` with a key and the part that it belongs to, `dtype` for a
 *   number format that is not supported; KeysError with all tensors that are missing, unexpected or of a wrong shape
 */
export function canonicalWeights(entries: ReadonlyMap<string, SafetensorsEntry>): CanonicalWeights {
  const meanings = new Map([...entries.keys()].map((key) => [key, meaningOf(key)] as const));
  checkKind(meanings);
  const found = new Map<string, Weight>();
  const ignored: string[] = [];
  const unexpected: string[] = [];
  for (const entry of entries.values()) {
    const meaning = meanings.get(entry.name) ?? { kind: 'unknown' };
    if (meaning.kind === 'weight') addWeight(found, meaning.name, entry);
    else if (meaning.kind === 'unknown') unexpected.push(entry.name);
    else ignored.push(entry.name);
  }
  const missing = fuseQkv(found);
  const facts = describeWeights(found);
  compare(found, facts, { missing, unexpected });
  return { facts, weights: found, ignored, style: styleOf(meanings.values()) };
}

function addWeight(found: Map<string, Weight>, name: string, entry: SafetensorsEntry): void {
  const other = found.get(name);
  if (other !== undefined) {
    throw new CheckpointError(
      'unsupported',
      `checkpoint: it holds more than one model, since both ${other.keys.join()} and ${entry.name} are ${name}; save each model in a file`,
    );
  }
  if (!['F32', 'F16', 'BF16'].includes(entry.dtype)) {
    throw new CheckpointError(
      'dtype',
      `checkpoint: ${entry.name} is ${entry.dtype}, and only F32, F16 and BF16 are read; convert it to one of them`,
    );
  }
  found.set(name, { keys: [entry.name], shape: entry.shape, data: () => toFloat32(entry) });
}

/** Refuses, by the names alone, a file that is not a Vision Transformer, or one with parts that are not supported. */
function checkKind(meanings: ReadonlyMap<string, KeyMeaning>): void {
  if (meanings.size === 0) throw new CheckpointError('not-vit', 'checkpoint: the file holds no tensors');
  const names: string[] = [];
  const strangers: string[] = [];
  for (const [key, meaning] of meanings) {
    if (meaning.kind === 'unsupported') {
      throw new CheckpointError('unsupported', `checkpoint: ${key} belongs to ${meaning.part}, which is not supported`);
    }
    if (meaning.kind === 'weight') names.push(meaning.name);
    if (meaning.kind === 'unknown') strangers.push(key);
  }
  const lacks = [];
  if (!names.includes('patch_embed.proj.weight')) lacks.push('patch embedding');
  if (!names.some((name) => /^blocks\.\d+\.attn\./.test(name))) lacks.push('attention blocks');
  if (lacks.includes('attention blocks') || (lacks.length > 0 && strangers.length > names.length)) {
    const given = strangers.length > 0 ? strangers : [...meanings.keys()];
    throw new CheckpointError(
      'not-vit',
      `checkpoint: this is not a Vision Transformer: it has ${abridge(given, 4)}, and no ${lacks.join(' and no ')}`,
    );
  }
  const preLogits = [...meanings].find(([, meaning]) => meaning.kind === 'pre-logits');
  if (preLogits !== undefined && names.includes('head.weight')) {
    throw new CheckpointError('unsupported', `checkpoint: ${preLogits[0]} belongs to a layer before the head, which is not supported`);
  }
}

/** Joins q, k and v of every block in place. @returns the names of those that are missing where the others are not */
function fuseQkv(found: Map<string, Weight>): string[] {
  const missing: string[] = [];
  const split = new Set([...found.keys()].flatMap((name) => /^(blocks\.\d+\.attn\.)[qkv](\.\w+)$/.exec(name)?.slice(1).join('*') ?? []));
  for (const pattern of split) {
    const names = ['q', 'k', 'v'].map((part) => pattern.replace('*', part));
    const parts = names.flatMap((name) => found.get(name) ?? []);
    for (const name of names) if (!found.has(name)) missing.push(name);
    const [first] = parts;
    const alike = parts.every((part) => part.shape.join() === first?.shape.join());
    if (parts.length < 3 || first === undefined || !alike) continue;
    for (const name of names) found.delete(name);
    const shape = [3 * (first.shape[0] ?? 0), ...first.shape.slice(1)];
    found.set(pattern.replace('*', 'qkv'), { keys: parts.flatMap((part) => part.keys), shape, data: () => joined(parts) });
  }
  return missing;
}

function joined(parts: readonly Weight[]): Float32Array {
  const pieces = parts.map((part) => part.data());
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function compare(
  found: ReadonlyMap<string, Weight>,
  facts: WeightFacts,
  known: { missing: readonly string[]; unexpected: readonly string[] },
): void {
  const expected = expectedShapes(facts);
  const wrongShape: string[] = [];
  const unexpected = [...known.unexpected];
  const splitKept = (name: string): boolean => /\.attn\.[qkv]\./.test(name);
  for (const [name, weight] of found) {
    const shape = expected.get(name);
    if (shape === undefined && splitKept(name)) {
      if (!known.missing.some((other) => sameBlock(other, name)))
        wrongShape.push(`${weight.keys.join()} [${weight.shape.join(', ')}] where q, k and v must be alike`);
    } else if (shape === undefined) unexpected.push(...weight.keys);
    else if (shape.join() !== weight.shape.join()) {
      wrongShape.push(`${weight.keys.join('+')} [${weight.shape.join(', ')}] instead of [${shape.join(', ')}]`);
    } else if (shape.some((n) => n === 0)) wrongShape.push(`${weight.keys.join('+')} [${weight.shape.join(', ')}] is empty`);
  }
  const inPart = (name: string): boolean => ['q', 'k', 'v', 'qkv'].some((part) => found.has(name.replace('.qkv.', `.${part}.`)));
  const absent = [...expected.keys()].filter((name) => !inPart(name));
  const missing = [...known.missing, ...absent];
  if (missing.length + unexpected.length + wrongShape.length > 0) throw new KeysError({ missing, unexpected, wrongShape });
}

function sameBlock(a: string, b: string): boolean {
  return a.replace(/\.attn\.[qkv]\./, '') === b.replace(/\.attn\.[qkv]\./, '');
}

function styleOf(meanings: Iterable<KeyMeaning>): KeyStyle {
  const styles = [...meanings].flatMap((meaning) => ('style' in meaning && meaning.style !== undefined ? [meaning.style] : []));
  return styles.includes('huggingface') ? 'huggingface' : styles.includes('hub') ? 'hub' : 'timm';
}
