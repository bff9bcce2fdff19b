/**
 * The names of the methods, as they stand on the command line and in files.
 */
export type MethodName =
  | 'cdam'
  | 'smooth-cdam'
  | 'integrated-cdam'
  | 'attention'
  | 'rollout'
  | 'relevance'
  | 'partial-lrp'
  | 'grad-cam'
  | 'hires-cam'
  | 'input-x-gradient'
  | 'smoothgrad'
  | 'integrated-gradients'
  | 'token-ablation'
  | 'random';
