/**
 * Class-discriminative attention maps (Brocki, Binda and Chung, TMLR 2024).
 *
 * With T the tokens that enter the last attention (the output of norm1 in the last block) and f the target, the score of
 * patch token i is S_i = Σ_j T_ij · ∂f/∂T_ij: positive where the token speaks for the target, negative where it speaks against.
 * The tape watches T, so that nothing before it is recorded; one pass forward through the last block serves all targets.
 */
import { concat, mul, openTape, sigmoid, slice, softmax, sum, type Tape, type Tensor, tensor, tidy } from '@cdam/tensor';
import { labelOf } from '@cdam/vit';
import { ExplanationError } from './errors.ts';
import { type ClassTarget, checkScores, type From, type MapTarget, type TokenMap } from './token-map.ts';
import type { View } from './view.ts';

/** A number to explain that is no class: any function of the latent, computed with tensor operations. */
export interface LatentTarget {
  readonly name: string;
  /** @param latent [1, width], what the head reads. @returns a tensor of one element */
  readonly score: (latent: Tensor) => Tensor;
}

/** A class by its index or as `resolveTargets` found it, or a function of the latent. */
export type Target = number | ClassTarget | LatentTarget;

export interface CdamOptions {
  /** For class targets: explain the logit (the default) or the probability. */
  readonly from?: From;
}

/** The map of one target. Waits for the result. */
export async function cdam(view: View, target: Target, options: CdamOptions = {}): Promise<TokenMap> {
  const [map] = await cdamMaps(view, [target], options);
  if (map === undefined) throw new ExplanationError('target', 'cdam: there is no target');
  return map;
}

/** The maps of several targets from one forward pass of the last block; the result is read once. */
export async function cdamMaps(view: View, targets: readonly Target[], { from = 'logit' }: CdamOptions = {}): Promise<TokenMap[]> {
  const described = targets.map((target) => describeTarget(view, target));
  if (targets.length === 0) return [];
  using scores = tidy(view.vit.backend, () => enqueue(view, targets, from));
  const values = await scores.data();
  const patches = scores.shape[1] ?? 0;
  return described.map((target, i) =>
    checkScores({
      method: 'cdam',
      target,
      from: target.kind === 'class' ? from : undefined,
      grid: view.grid,
      scores: values.slice(i * patches, (i + 1) * patches),
    }),
  );
}

/** Scores of the patch tokens, [targets, patches]. */
function enqueue(view: View, targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  const last = vit.config.depth - 1;
  using tape = openTape(vit.backend);
  const tokens = tape.watch(vit.norm1(last, view.tokens));
  const latent = vit.latent(vit.transform(last, vit.attend(last, view.tokens, tokens)));
  const classScores = targets.some((target) => !isLatent(target)) ? scoresOf(view, latent, from) : undefined;
  const unwatched = tokens.view(tokens.shape);
  const maps = targets.map((target) =>
    tidy(vit.backend, () => {
      const gradient = isLatent(target)
        ? gradientOfLatent(tape, tokens, latent, target)
        : gradientOfClass(tape, tokens, classScores, target);
      return sum(mul(unwatched, gradient), { axes: [2] });
    }),
  );
  return slice(concat(maps, 0), 1, vit.config.prefixTokens, tokens.shape[1] ?? 0);
}

/** What a class target is differentiated by: [1, classes]. */
function scoresOf(view: View, latent: Tensor, from: From): Tensor {
  const logits = view.vit.classify(latent);
  if (from === 'logit') return logits;
  const { multiLabel, classes } = view.vit.config;
  return multiLabel || classes === 1 ? sigmoid(logits) : softmax(logits);
}

function gradientOfClass(tape: Tape, tokens: Tensor, scores: Tensor | undefined, target: number | ClassTarget): Tensor {
  if (scores === undefined) throw new ExplanationError('target', 'cdam: class scores were not computed');
  const oneHot = new Float32Array(scores.size);
  oneHot[typeof target === 'number' ? target : target.index] = 1;
  return only(tape.gradient(scores, [tokens], tensor(scores.backend, oneHot, scores.shape)));
}

function gradientOfLatent(tape: Tape, tokens: Tensor, latent: Tensor, { name, score }: LatentTarget): Tensor {
  const value = score(latent);
  if (value.size !== 1) {
    throw new ExplanationError(
      'target',
      `cdam: the target "${name}" gives ${value.size} numbers; a target is a single number, so sum them or pick one`,
    );
  }
  return only(tape.gradient(value, [tokens]));
}

function only(gradients: readonly Tensor[]): Tensor {
  const [gradient] = gradients;
  if (gradient === undefined) throw new ExplanationError('map', 'cdam: the tape gave no gradient');
  return gradient;
}

function isLatent(target: Target): target is LatentTarget {
  return typeof target === 'object' && 'score' in target;
}

function describeTarget(view: View, target: Target): MapTarget {
  if (isLatent(target)) return { kind: 'latent', name: target.name };
  const { classes } = view.vit.config;
  const index = typeof target === 'number' ? target : target.index;
  if (!Number.isInteger(index) || index < 0 || index >= classes) {
    throw new ExplanationError(
      'target',
      `cdam: there is no class ${index}; the model has ${classes === 0 ? 'no head' : `classes 0 to ${classes - 1}`}`,
    );
  }
  return { kind: 'class', index, label: labelOf(view.vit.config, index) };
}
