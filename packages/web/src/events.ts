/** What the events of the element say. */
import type { From, RegionEvidence, TokenMap } from 'cdam';
import type { CdamMapError } from './errors.ts';

/** How much of a file has come. */
export interface ProgressDetail {
  /** What is fetched. */
  readonly phase: 'basis';
  /** In bytes. */
  readonly loaded: number;
  /** In bytes; undefined where the server does not say. */
  readonly total: number | undefined;
}

/** A map is shown. */
export interface ExplainDetail {
  readonly map: TokenMap;
  /** The sum of its scores. */
  readonly score: number;
}

/** The visitor chose what is explained. */
export interface TargetDetail {
  readonly target: string | null;
  readonly against: string | null;
  readonly from: From;
}

/** The visitor marked a region, or took the mark away. */
export interface RegionDetail {
  /** The indices of its patches, row by row. */
  readonly patches: readonly number[];
  /** Undefined without a region. */
  readonly classes: RegionEvidence | undefined;
}

/** The events of `<cdam-map>`, by their names. */
export interface CdamMapEvents {
  /** Photo and basis are there. */
  load: CustomEvent<null>;
  progress: CustomEvent<ProgressDetail>;
  /** `detail` is the error, with its code and its sentence. */
  error: CustomEvent<CdamMapError>;
  explain: CustomEvent<ExplainDetail>;
  targetchange: CustomEvent<TargetDetail>;
  regionchange: CustomEvent<RegionDetail>;
}
