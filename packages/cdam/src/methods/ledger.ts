/**
 * The ledger: what the class token read from each patch, in every block (see closed-form/ledger.ts for the derivation). Like CDAM it is
 * signed, tells classes apart, costs little beside the forward pass and has a basis; unlike CDAM it does not stop at the last block.
 */
import { reshape } from '@cdam/tensor';
import type { PartsBy } from '../maps/parts.ts';
import { checkHeadReadsClassToken } from '../steps/class-token-head.ts';
import { readLedgerParts } from '../steps/ledger-parts.ts';
import { latentGradients } from '../targets/gradients.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM, oneOf, optional } from './options.ts';

interface LedgerOptions {
  readonly from: From;
  readonly by: PartsBy | undefined;
}

export const ledger: Method<'ledger', LedgerOptions> = defineMethod({
  name: 'ledger',
  summary: 'what the class token read from each patch, in every block',
  needs: 'class-token row of all blocks',
  cost: 'about 0.01',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    by: optional(
      oneOf(
        ['block', 'head'],
        'give the share of each block, or of each head of each block, and what was read of no patch: prefix tokens, embedding, biases',
      ),
    ),
  },
  scores(view, targets, { from }) {
    checkHeadReadsClassToken(view, 'ledger', 'frozen-gates');
    const { latent } = view.ledger;
    return reshape(view.ledger.maps(latentGradients(view.vit, latent, targets, from)), [targets.length, -1]);
  },
  read(view, targets, { from, by }) {
    if (by === undefined) return undefined;
    checkHeadReadsClassToken(view, 'ledger', 'frozen-gates');
    return readLedgerParts(view, targets, from, by);
  },
});
