/**
 * All methods: what each is called, what it needs and costs, and how it is run. The command line, the library and the documents
 * read this list.
 */
import { type Tensor, tidy } from '@cdam/tensor';
import { attentionRow } from '../attention-map.ts';
import { cdamScores, describeTargets, toMaps } from '../cdam.ts';
import { ExplanationError } from '../errors.ts';
import type { Target } from '../target-gradients.ts';
import type { From, TokenMap } from '../token-map.ts';
import type { View } from '../view.ts';
import { gradCam } from './grad-cam.ts';
import { inputXGradient } from './input-x-gradient.ts';
import { integratedCdam, integratedScores } from './integrated-cdam.ts';
import { integratedGradients } from './integrated-gradients.ts';
import type { MethodName } from './names.ts';
import { partialLrp } from './partial-lrp.ts';
import { randomMaps } from './random.ts';
import { relevance } from './relevance.ts';
import { rollout } from './rollout.ts';
import { smoothScores } from './smooth-cdam.ts';
import { smoothGrad } from './smoothgrad.ts';
import { tokenAblation } from './token-ablation.ts';

/** What the methods may be told; each looks at those it lists in `options`. */
export interface MethodOptions {
  /** Explain class logits (the default) or probabilities. */
  readonly from?: From | undefined;
  /** Noisy copies. */
  readonly samples?: number | undefined;
  /** Deviation of the noise, as a share of the range of what it is added to. */
  readonly noise?: number | undefined;
  /** Parts of a path. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  /** Of Smooth and Integrated CDAM. */
  readonly variant?: 'block-input' | 'norm1' | 'complete' | undefined;
  /** One attention head, from 0, instead of the mean. */
  readonly head?: number | undefined;
}

export interface Method {
  readonly name: MethodName;
  /** One line for people. */
  readonly summary: string;
  /** What of a view it works from. */
  readonly needs: 'class-token row' | 'last block' | 'attention of all blocks' | 'pixel gradients' | 'many forward passes' | 'nothing';
  /** In forward passes of the whole model, roughly, for one more target. */
  readonly cost: string;
  /** False: the same map whatever the class. */
  readonly classSpecific: boolean;
  /** Whether scores below zero mean anything. */
  readonly sign: 'signed' | 'non-negative';
  /** What a score is measured in. */
  readonly unit: 'target' | 'target per pixel' | 'attention' | 'relevance' | 'none';
  readonly options: readonly (keyof MethodOptions)[];
  /** @internal Enqueues the scores, [targets, patches], or [1, patches] where the method knows no classes. */
  readonly scores: (view: View, targets: readonly Target[], options: MethodOptions) => Tensor;
  /** @internal Maps that say more than their scores. */
  readonly maps?: (view: View, targets: readonly Target[], options: MethodOptions) => Promise<TokenMap[]>;
}

/** By name, in the order in which they are listed. */
export const METHODS: readonly Method[] = [
  {
    name: 'cdam',
    summary: 'class-discriminative attention map: token times gradient at the last attention',
    needs: 'class-token row',
    cost: 'under 0.01',
    classSpecific: true,
    sign: 'signed',
    unit: 'target',
    options: ['from'],
    scores: (view, targets, { from = 'logit' }) => cdamScores(view, targets, from),
  },
  {
    name: 'smooth-cdam',
    summary: 'mean CDAM over noisy copies of what enters the last block',
    needs: 'last block',
    cost: 'about 1',
    classSpecific: true,
    sign: 'signed',
    unit: 'target',
    options: ['from', 'samples', 'noise', 'seed', 'variant'],
    scores: smoothScores,
  },
  {
    name: 'integrated-cdam',
    summary: 'mean CDAM along a path from zero to what enters the last block',
    needs: 'last block',
    cost: 'about 0.2',
    classSpecific: true,
    sign: 'signed',
    unit: 'target',
    options: ['from', 'steps', 'variant'],
    scores: integratedScores,
    maps: integratedCdam,
  },
  {
    name: 'attention',
    summary: 'how much the class token attends to each patch in the last block',
    needs: 'class-token row',
    cost: 'under 0.01',
    classSpecific: false,
    sign: 'non-negative',
    unit: 'attention',
    options: ['head'],
    scores: (view, _, { head }) => attentionRow(view, head),
  },
  {
    name: 'rollout',
    summary: 'attention rollout through all blocks (Abnar and Zuidema 2020)',
    needs: 'attention of all blocks',
    cost: '1',
    classSpecific: false,
    sign: 'non-negative',
    unit: 'attention',
    options: [],
    scores: rollout,
  },
  {
    name: 'relevance',
    summary: 'attention times its gradient, propagated through all blocks (Chefer et al., ICCV 2021)',
    needs: 'attention of all blocks',
    cost: '3',
    classSpecific: true,
    sign: 'non-negative',
    unit: 'relevance',
    options: ['from'],
    scores: (view, targets, { from = 'logit' }) => relevance(view, targets, from),
  },
  {
    name: 'partial-lrp',
    summary: 'layer-wise relevance propagation down to the last attention (Voita et al. 2019)',
    needs: 'class-token row',
    cost: 'under 0.05',
    classSpecific: true,
    sign: 'non-negative',
    unit: 'relevance',
    options: [],
    scores: partialLrp,
  },
  {
    name: 'grad-cam',
    summary: 'tokens weighted by their mean gradient at the last attention, positive part',
    needs: 'last block',
    cost: 'about 0.2',
    classSpecific: true,
    sign: 'non-negative',
    unit: 'target',
    options: ['from'],
    scores: (view, targets, { from = 'logit' }) => gradCam(view, targets, from, 'mean'),
  },
  {
    name: 'hires-cam',
    summary: 'the positive part of CDAM (HiResCAM)',
    needs: 'last block',
    cost: 'about 0.2',
    classSpecific: true,
    sign: 'non-negative',
    unit: 'target',
    options: ['from'],
    scores: (view, targets, { from = 'logit' }) => gradCam(view, targets, from, 'each'),
  },
  {
    name: 'input-x-gradient',
    summary: 'pixels times their gradient, summed over each patch',
    needs: 'pixel gradients',
    cost: '3',
    classSpecific: true,
    sign: 'signed',
    unit: 'target',
    options: ['from'],
    scores: (view, targets, { from = 'logit' }) => inputXGradient(view, targets, from),
  },
  {
    name: 'smoothgrad',
    summary: 'mean pixel gradient over noisy pictures, summed over each patch',
    needs: 'pixel gradients',
    cost: '3 × samples',
    classSpecific: true,
    sign: 'signed',
    unit: 'target per pixel',
    options: ['from', 'samples', 'noise', 'seed'],
    scores: (view, targets, { from = 'logit', samples = 50, noise = 0.15, seed = 0 }) =>
      smoothGrad(view, targets, from, samples, noise, seed),
  },
  {
    name: 'integrated-gradients',
    summary: 'pixel gradients along a path from the mean colour, summed over each patch',
    needs: 'pixel gradients',
    cost: '3 × steps',
    classSpecific: true,
    sign: 'signed',
    unit: 'target',
    options: ['from', 'steps'],
    scores: (view, targets, { from = 'logit', steps = 50 }) => integratedGradients(view, targets, from, steps),
  },
  {
    name: 'token-ablation',
    summary: 'how much the target falls when a patch is dropped',
    needs: 'many forward passes',
    cost: 'one per patch, for all targets',
    classSpecific: true,
    sign: 'signed',
    unit: 'target',
    options: ['from'],
    scores: (view, targets, { from = 'logit' }) => tokenAblation(view, targets, from),
  },
  {
    name: 'random',
    summary: 'seeded noise, the baseline of every comparison',
    needs: 'nothing',
    cost: '0',
    classSpecific: true,
    sign: 'signed',
    unit: 'none',
    options: ['seed'],
    scores: (view, targets, { seed = 0 }) => randomMaps(view, targets, seed),
  },
];

/**
 * Maps of targets by any method, read once.
 *
 * @param targets for a method that knows no classes they are left aside, and there is one map
 * @throws ExplanationError `method` for a name that is not in the list, an option that the method does not know, or a model that it
 *   does not apply to; `target` for a class that does not exist; `map` for a map that is not finite or zero throughout
 */
export async function explain(view: View, name: MethodName, targets: readonly Target[], options: MethodOptions = {}): Promise<TokenMap[]> {
  const method = findMethod(name);
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined && option !== 'from' && !method.options.some((known) => known === option)) {
      throw new ExplanationError('method', `${name}: there is no option "${option}"; it knows ${method.options.join(', ') || 'none'}`);
    }
  }
  if (method.maps) return await method.maps(view, targets, options);
  const described = method.classSpecific ? describeTargets(view, targets) : [undefined];
  if (described.length === 0) return [];
  const scores = tidy(view.vit.backend, () => method.scores(view, targets, options));
  return await toMaps(name, view, described, options.from ?? 'logit', scores);
}

/** @throws ExplanationError `method`, with all names, for one that is not in the list */
export function findMethod(name: string): Method {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method === undefined) {
    throw new ExplanationError('method', `there is no method "${name}"; there are ${METHODS.map((known) => known.name).join(', ')}`);
  }
  return method;
}
