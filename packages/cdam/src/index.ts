/**
 * Class-discriminative attention maps for Vision Transformers: look at a picture once, then ask what speaks for and against a class.
 */
export { type AttentionMapOptions, attentionMap } from './attention-map.ts';
export { parseBasis, saveBasis } from './basis-file.ts';
export { type CdamOptions, cdam, cdamMaps } from './cdam.ts';
export { readsClassTokenAlone } from './class-attention.ts';
export { ClassRow } from './class-row.ts';
export { type Concept, conceptTarget, makeConcept, readConcept, type Similarity, saveConcept } from './concept.ts';
export { ExplanationError, type ExplanationErrorCode } from './errors.ts';
export { type BasisParts, basisOf, type ExplanationBasis, type Head } from './explanation-basis.ts';
export type { Route } from './last-block.ts';
export { completeScores, type IntegratedCdamOptions, integratedCdam } from './methods/integrated-cdam.ts';
export type { MethodName } from './methods/names.ts';
export { explain, findMethod, METHODS, type Method, type MethodOptions } from './methods/registry.ts';
export { type SmoothCdamOptions, smoothCdam } from './methods/smooth-cdam.ts';
export { type Contrast, classCorrelation, contrastClasses, randomLogit, structuralSimilarity } from './metrics/class-sensitivity.ts';
export { entropy, gini, shareOfSmall } from './metrics/compactness.ts';
export { areaBetweenCurves, type CurveOptions, deletion, insertion, rankPatches } from './metrics/curves.ts';
export { gridPointing, mosaicOf, type PixelShape, positiveShare } from './metrics/grid-pointing.ts';
export { bestIntersectionOverUnion, maskOnGrid, pointsInside } from './metrics/mask-agreement.ts';
export { type MaxSensitivityOptions, maxSensitivity } from './metrics/max-sensitivity.ts';
export { boxSensitivity, infidelity, type RegionOptions, randomBoxes, randomSets, sensitivityN } from './metrics/regions.ts';
export { findMetric, METRICS, type Metric, type MetricGroup, type MetricOptions } from './metrics/registry.ts';
export { type ClassScore, logitDrops, type Removal, type Removed, scoresWithout } from './metrics/removal.ts';
export { type BootstrapOptions, bootstrapMean, type Interval, meanOf, pearson, ranksOf, spearman } from './metrics/statistics.ts';
export { type Explainer, explainerOf, mapsOf, Subject, type Trial } from './metrics/trial.ts';
export { cascadingRandomisation, type WeightRandomisationOptions, weightRandomisation } from './metrics/weight-randomisation.ts';
export { type ClassScheme, type OutputKind, type Prediction, predictionOf } from './predictions.ts';
export { prepare } from './prepare.ts';
export { clipToQuantiles, type QuantileRange, quantile } from './render/clip.ts';
export { blackCentred, type ColourScale, type ColourStop, purpleOrange } from './render/colours.ts';
export type { Enlargement } from './render/enlarge.ts';
export {
  type ColouringOptions,
  type DisplayedScores,
  displayedScores,
  type OverlayOptions,
  overlay,
  type RenderOptions,
  type RgbaImage,
  renderMap,
  type Scores,
} from './render/render.ts';
export type { LatentTarget, Target } from './target-gradients.ts';
export { findTarget, otherSideOf, resolveTargets } from './targets.ts';
export type { ClassTarget, Completeness, From, MapTarget, TokenMap } from './token-map.ts';
export { type Look, type LookOptions, look, View } from './view.ts';
