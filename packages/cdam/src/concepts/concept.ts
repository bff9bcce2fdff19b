/**
 * Concepts as targets. A concept is a direction in the space of latents, which a few pictures define (Brocki, Binda and Chung 2024).
 *
 * The vector is the mean latent of pictures that show the concept, optionally minus the mean latent of pictures that do not. A concept
 * can only be used with the model that made it, so it has a fingerprint of the weights of that model.
 */
import { add, div, mul, sqrt, sub, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { readSafetensors, toFloat32, type VisionTransformer, writeSafetensors } from '@cdam/vit';
import { ExplanationError } from '../errors.ts';
import type { LatentTarget } from '../targets/target.ts';
import type { View } from '../view/view.ts';

const FORMAT = 'cdam-concept-1';

/** A direction in the space of latents. */
export interface Concept {
  readonly name: string;
  /** The direction, [width]. */
  readonly vector: Float32Array;
  /** The fingerprint of the model that made it: see `VisionTransformer.fingerprint`. */
  readonly fingerprint: string;
}

/** How near a latent z is to a concept v: the product z·v, as published, or the cosine of the angle between them. */
export type Similarity = 'dot' | 'cosine';

/**
 * Makes a concept from pictures.
 *
 * @param examples views of pictures that show it, at least one
 * @param counterExamples views of pictures that do not show it; their mean latent is subtracted
 * @throws ExplanationError `target` without examples
 */
export async function makeConcept(name: string, examples: readonly View[], counterExamples: readonly View[] = []): Promise<Concept> {
  const [first] = examples;
  if (first === undefined) throw new ExplanationError('target', `concept "${name}": give at least one picture that shows it`);
  const { vit } = first;
  using vector = tidy(vit.backend, () => {
    const shown = meanLatent(examples);
    return counterExamples.length === 0 ? shown : sub(shown, meanLatent(counterExamples));
  });
  return { name, vector: await vector.data(), fingerprint: await vit.fingerprint() };
}

function meanLatent(views: readonly View[]): Tensor {
  const latents = views.map((view) => view.latent());
  return mul(
    latents.reduce((total, latent) => add(total, latent)),
    1 / views.length,
  );
}

/**
 * The concept as a target to explain.
 *
 * @throws ExplanationError `target` when another model made it
 */
export async function conceptTarget(vit: VisionTransformer, concept: Concept, similarity: Similarity = 'dot'): Promise<LatentTarget> {
  const fingerprint = await vit.fingerprint();
  if (fingerprint !== concept.fingerprint) {
    throw new ExplanationError(
      'target',
      `concept "${concept.name}" was made with other weights (${concept.fingerprint.slice(0, 12)}) than those of ${vit.config.name} (${fingerprint.slice(0, 12)}); make it again with this model`,
    );
  }
  return { kind: 'concept', name: concept.name, score: (latent) => similarityTo(concept.vector, latent, similarity) };
}

function similarityTo(vector: Float32Array, latent: Tensor, similarity: Similarity): Tensor {
  const v = tensor(latent.backend, vector, latent.shape);
  const dot = sum(mul(latent, v));
  if (similarity === 'dot') return dot;
  const length = (x: Tensor): Tensor => sqrt(sum(mul(x, x)));
  return div(dot, mul(length(latent), length(v)));
}

/** The bytes of a concept file: safetensors with one tensor `concept`, name and fingerprint in the metadata. */
export function saveConcept({ name, vector, fingerprint }: Concept): Uint8Array {
  return writeSafetensors([{ name: 'concept', dtype: 'F32', shape: [vector.length], data: vector }], { format: FORMAT, name, fingerprint });
}

/** Reads a concept file. @throws ExplanationError `target` for another file; CheckpointError `safetensors` for one that is damaged */
export function readConcept(bytes: Uint8Array): Concept {
  const { entries, metadata } = readSafetensors(bytes);
  const entry = entries.get('concept');
  const [name, fingerprint] = [metadata?.get('name'), metadata?.get('fingerprint')];
  if (metadata?.get('format') !== FORMAT || entry?.shape.length !== 1 || name === undefined || fingerprint === undefined) {
    throw new ExplanationError('target', 'concept: the file is not a concept; make one with `cdam concept make`');
  }
  const vector = toFloat32(entry);
  if (!vector.every(Number.isFinite))
    throw new ExplanationError('target', `concept "${name}": its vector holds numbers that are not finite`);
  return { name, vector, fingerprint };
}
