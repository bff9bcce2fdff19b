/**
 * Class-discriminative attention maps for Vision Transformers: look at a picture once, then ask what speaks for and against a class.
 */
export { basisError, mapErrors } from './basis/basis-error.ts';
export { type BasisFileOptions, parseBasis, saveBasis } from './basis/basis-file.ts';
export { ofClasses } from './basis/chosen-classes.ts';
export {
  type BasisError,
  type BasisMethod,
  type BasisParts,
  basisOf,
  type ErrorSpread,
  type ExplanationBasis,
  type Head,
  type Reduction,
} from './basis/explanation-basis.ts';
export { type ClassEvidence, classesOf, type RegionEvidence, type RegionQuestion, regionScores } from './basis/region.ts';
export { readsClassTokenAlone } from './closed-form/class-attention.ts';
export type { ClassRow } from './closed-form/class-row.ts';
export type { Ledger } from './closed-form/ledger.ts';
export { type Concept, conceptTarget, makeConcept, readConcept, type Similarity, saveConcept } from './concepts/concept.ts';
export { ExplanationError, type ExplanationErrorCode } from './errors.ts';
export { type Parts, type PartsBy, type PartTotals, type Share, totalsOf } from './maps/parts.ts';
export type { QuantileRange } from './maps/render/clip.ts';
export { blackCentred, type ColourScale, type ColourStop, purpleOrange } from './maps/render/colours.ts';
export type { Enlargement } from './maps/render/enlarge.ts';
export {
  type ColouringOptions,
  type DisplayedScores,
  displayedScores,
  type LayerOptions,
  mapLayer,
  type OverlayOptions,
  overlay,
  type RenderOptions,
  type RgbaImage,
  renderMap,
  type Scores,
} from './maps/render/render.ts';
export { sharpened } from './maps/sharpen.ts';
export type { Completeness, TokenMap } from './maps/token-map.ts';
export { explain } from './methods/explain.ts';
export { explainBy } from './methods/explain-by.ts';
export { completeScores } from './methods/integrated-cdam.ts';
export {
  defineMethod,
  type EnqueuedScores,
  keepFor,
  type Method,
  type MethodDeclaration,
  type MethodFacts,
  type ReadScores,
  type StepwiseScores,
} from './methods/method.ts';
export {
  type GivenOptions,
  type MethodOption,
  type OptionsOf,
  oneOf,
  optional,
  parseOption,
  resolveOptions,
  SHARPEN,
  share,
  wholeNumber,
} from './methods/options.ts';
export { RECOMMENDED_METHOD } from './methods/recommended.ts';
export { findMethod, METHODS, type MethodName, type MethodOptions } from './methods/registry.ts';
export { attentionMap, cdam } from './methods/shortcuts.ts';
export { type SmoothCdamOptions, smoothCdamScores } from './methods/smooth-cdam.ts';
export { type Contrast, classCorrelation, contrastClasses, randomLogit, structuralSimilarity } from './metrics/class-sensitivity.ts';
export { entropy, gini, shareOfSmall } from './metrics/compactness.ts';
export { areaBetweenCurves, type CurveOptions, deletion, insertion, rankPatches } from './metrics/curves.ts';
export { COMPANIONS, gridPointing, mosaicOf, type PixelShape, positiveShare } from './metrics/grid-pointing.ts';
export { fillIn } from './metrics/imputation.ts';
export { bestIntersectionOverUnion, maskOnGrid, pointsInside } from './metrics/mask-agreement.ts';
export { type MaxSensitivityOptions, maxSensitivity } from './metrics/max-sensitivity.ts';
export { type Measurement, type MeasurementPlan, type MethodChoice, measureMethods } from './metrics/measurement.ts';
export { boxSensitivity, infidelity, type RegionOptions, randomBoxes, randomSets, sensitivityN } from './metrics/regions.ts';
export { findMetric, METRICS, type Metric, type MetricGroup, type MetricOptions } from './metrics/registry.ts';
export { type ClassScore, logitDrops, type Removal, type Removed, scoresWithout } from './metrics/removal.ts';
export { type RoadOptions, road } from './metrics/road.ts';
export { type SacoOptions, type SalienceGroup, saco, salienceCoefficient } from './metrics/saco.ts';
export { smallestShare } from './metrics/smallest-share.ts';
export { type BootstrapOptions, bootstrapMean, type Interval, meanOf, pearson, ranksOf, spearman } from './metrics/statistics.ts';
export { type Explainer, explainerOf, mapsOf, Subject, type Trial } from './metrics/trial.ts';
export { cascadingRandomisation, type WeightRandomisationOptions } from './metrics/weight-randomisation.ts';
export { prepare } from './prepare.ts';
export type { Alteration, Route } from './steps/last-block.ts';
export type { Normals } from './steps/noise.ts';
export type { ClassScheme, OutputKind, Prediction } from './targets/classes.ts';
export { type Classified, findTarget, resolveTargets } from './targets/names.ts';
export { predictionOf } from './targets/scores.ts';
export { type ClassTarget, type From, fromsOf, type LatentTarget, type MapTarget, pairTarget, type Target } from './targets/target.ts';
export type { RecordedPass } from './view/pass.ts';
export { type Keep, type Look, type LookOptions, look, View } from './view/view.ts';
