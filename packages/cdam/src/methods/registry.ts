/**
 * All methods. The library, the command line and the documents read this list.
 */
import { ExplanationError } from '../errors.ts';
import { attention } from './attention.ts';
import { cdam } from './cdam.ts';
import { directDecomposition } from './direct-decomposition.ts';
import { finerCam } from './finer-cam.ts';
import { frozenGates } from './frozen-gates.ts';
import { frozenGatesRouting } from './frozen-gates-routing.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
import { hiResCam } from './hires-cam.ts';
import { inputXGradient } from './input-x-gradient.ts';
import { integratedCdam } from './integrated-cdam.ts';
import { integratedGradients } from './integrated-gradients.ts';
import { layerCam } from './layer-cam.ts';
import { ledger } from './ledger.ts';
import { legrad } from './legrad.ts';
import type { Method } from './method.ts';
import type { GivenOptions } from './options.ts';
import { partialLrp } from './partial-lrp.ts';
import { random } from './random.ts';
import { relevance } from './relevance.ts';
import { rollout } from './rollout.ts';
import { smoothCdam } from './smooth-cdam.ts';
import { smoothGrad } from './smoothgrad.ts';
import { tis } from './tis.ts';
import { tokenAblation } from './token-ablation.ts';
import { transformerAttribution } from './transformer-attribution.ts';
import { vitCx } from './vit-cx.ts';

/** Every method of the list below. */
type RegisteredMethod =
  | typeof cdam
  | typeof smoothCdam
  | typeof integratedCdam
  | typeof ledger
  | typeof frozenGates
  | typeof frozenGatesRouting
  | typeof directDecomposition
  | typeof attention
  | typeof rollout
  | typeof relevance
  | typeof transformerAttribution
  | typeof partialLrp
  | typeof legrad
  | typeof gradCam
  | typeof gradCamPlusPlus
  | typeof layerCam
  | typeof finerCam
  | typeof hiResCam
  | typeof inputXGradient
  | typeof smoothGrad
  | typeof integratedGradients
  | typeof tokenAblation
  | typeof vitCx
  | typeof tis
  | typeof random;

export type MethodName = RegisteredMethod['name'];

/** The options of a method, with their types: see the file of the method. */
export type MethodOptions<N extends MethodName> =
  Extract<RegisteredMethod, { readonly name: N }> extends Method<N, infer V> ? GivenOptions<V> : never;

const LISTED: readonly RegisteredMethod[] = [
  cdam,
  smoothCdam,
  integratedCdam,
  ledger,
  frozenGates,
  frozenGatesRouting,
  directDecomposition,
  attention,
  rollout,
  relevance,
  transformerAttribution,
  partialLrp,
  legrad,
  gradCam,
  gradCamPlusPlus,
  layerCam,
  finerCam,
  hiResCam,
  inputXGradient,
  smoothGrad,
  integratedGradients,
  tokenAblation,
  vitCx,
  tis,
  random,
];

/** All methods, in the order in which lists show them. */
export const METHODS: readonly Method<MethodName>[] = LISTED;

/** The method of a name. @throws ExplanationError `method`, with all names, when there is none */
export function findMethod(name: string): Method<MethodName> {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method === undefined) {
    throw new ExplanationError('method', `there is no method "${name}"; there are ${METHODS.map((known) => known.name).join(', ')}`);
  }
  return method;
}
