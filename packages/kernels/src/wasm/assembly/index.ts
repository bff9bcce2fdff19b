/**
 * Every kernel of the WebAssembly backend: what this module exports is what ../generated/tables.ts lists.
 */
export { attention } from './attention';
export { attentionDelta, attentionGradientKv, attentionGradientQ } from './attention-gradient';
export { attentionTerms } from './attention-terms';
export { activationGradient, binary, copy, full, unary } from './elementwise';
export { layerNorm, layerNormGainGradient, layerNormGradient } from './layer-norm';
export { matmul, matmulThin } from './matmul';
export { copyRows, gather, scatterAdd } from './movement';
export { adamW, sgd } from './optimiser';
export { packPanels } from './pack';
export { reduceColumns, reduceRows } from './reduce';
export { softmax, softmaxGradient } from './softmax';
