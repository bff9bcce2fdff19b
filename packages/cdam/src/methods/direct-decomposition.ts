/**
 * Direct decomposition (Gandelsman, Efros and Steinhardt, ICLR 2024): the class token's output is a sum over blocks l, heads h and tokens i
 * of what it read, W_O^h·a_i^h·v_i^h, and the score of a patch is the product of its terms with the target's direction u, through the final
 * norm with its 1/σ held constant. Unlike the ledger it follows only the way past all later blocks; what an MLP or a later norm makes of a
 * term is not counted.
 *
 * It is linear in u. v is with its bias; the biases of the projections and of the final norm belong to no patch and are left out, while the
 * published code spreads them evenly over the terms, and the subtraction of the norm's mean too, which here is each term's own.
 */
import { broadcastTo, mean, mul, reshape, sub, type Tensor, tensor } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import { checkHeadReadsClassToken } from '../steps/class-token-head.ts';
import { latentGradients } from '../targets/gradients.ts';
import { type From, isLatentTarget, isOtherSide, type Target, versusOf } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM, oneOf } from './options.ts';

export const directDecomposition: Method<'direct-decomposition', { from: From; centred: 'no' | 'yes' }> = defineMethod({
  name: 'direct-decomposition',
  summary: 'what the class token read from each patch in every block, straight to the output (Gandelsman et al., ICLR 2024)',
  needs: 'class-token row of all blocks',
  cost: 'about 0.01',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    centred: oneOf(['no', 'yes'], 'take off the mean of the maps of all classes, as its authors do to segment pictures'),
  },
  scores(view, targets, { from, centred }) {
    const { vit } = view;
    checkHeadReadsClassToken(view, 'direct-decomposition', 'frozen-gates');
    const { ledger } = view;
    const gradients = latentGradients(vit, ledger.latent, targets, from);
    const wanted = centred === 'yes' ? sub(gradients, meanGradients(view, targets, from)) : gradients;
    return reshape(ledger.directMaps(wanted), [targets.length, -1]);
  },
});

/** What is taken off u of each target, [1, targets, width]: the mean over all classes, once for each time that the target has a class. */
function meanGradients({ vit, ledger }: View, targets: readonly Target[], from: From): Tensor {
  const { classes, width } = vit.config;
  const concept = targets.find(isLatentTarget);
  if (concept !== undefined)
    throw new ExplanationError(
      'target',
      `direct-decomposition: "${concept.name}" is not a class, so there is no mean over all classes to take off; leave centred at "no"`,
    );
  if (classes < 2) throw new ExplanationError('method', 'direct-decomposition: a single class is its own mean; leave centred at "no"');
  const all = Array.from({ length: classes }, (_, index) => index);
  const together = mean(latentGradients(vit, ledger.latent, all, from), { axes: [1], keepDims: true });
  // Of a class against another the means cancel.
  const times = Float32Array.from(targets, (target) => (versusOf(target) !== undefined ? 0 : isOtherSide(target) ? -1 : 1));
  return mul(broadcastTo(together, [1, targets.length, width]), tensor(vit.backend, times, [targets.length, 1]));
}
