/**
 * The ledger: what the class token read from each patch, in every block (see closed-form/ledger.ts for the derivation). Like CDAM it is
 * signed, tells classes apart, costs little beside the forward pass and has a basis; unlike CDAM it does not stop at the last block.
 */
import { reshape } from '@cdam/tensor';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ExplanationError } from '../errors.ts';
import { latentGradients } from '../targets/gradients.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const ledger: Method<'ledger', { from: From }> = defineMethod({
  name: 'ledger',
  summary: 'what the class token read from each patch, in every block',
  needs: 'class-token row of all blocks',
  cost: 'about 0.01',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: { from: FROM },
  scores(view, targets, { from }) {
    if (!readsClassTokenAlone(view.vit))
      throw new ExplanationError(
        'method',
        'ledger: the head reads more than the class token, which the method does not know; use frozen-gates',
      );
    const { latent } = view.ledger;
    return reshape(view.ledger.maps(latentGradients(view.vit, latent, targets, from)), [targets.length, -1]);
  },
});
