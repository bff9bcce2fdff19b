/** Answers from a stored basis: without a model, and without an engine. */
import type { ClassTarget, ExplanationBasis, From, Prediction, RegionEvidence, RegionQuestion, TokenMap } from 'cdam';
import { classesOf, parseBasis } from 'cdam';
import { asMapError } from '../errors.ts';
import type { ExplanationSource, SourceFacts } from './source.ts';

/** A basis as a source of answers. */
export class BasisSource implements ExplanationSource {
  readonly #basis: ExplanationBasis;
  readonly predictions: readonly Prediction[];

  /**
   * @param bytes of the file, from anywhere
   * @throws CdamMapError `basis` when they are no basis
   */
  constructor(bytes: Uint8Array) {
    try {
      this.#basis = parseBasis(bytes);
    } catch (error) {
      throw asMapError(error, 'basis');
    }
    this.predictions = this.#basis.predictions(this.classes.classes);
  }

  get about(): SourceFacts {
    const { method, model, reduction } = this.#basis.parts;
    return { method, model, reduced: reduction && { rank: reduction.rank, error: reduction.maps?.logit.median } };
  }

  get grid(): readonly [number, number] {
    return this.#basis.grid;
  }

  get classes(): ExplanationBasis['parts']['classes'] {
    return this.#basis.parts.classes;
  }

  get framing(): ExplanationBasis['parts']['framing'] {
    return this.#basis.parts.framing;
  }

  async map(target: ClassTarget, from: From): Promise<TokenMap> {
    return this.#basis.map(target, from);
  }

  async classesOf(patches: readonly number[], question: RegionQuestion): Promise<RegionEvidence> {
    return classesOf(this.#basis, patches, question);
  }
}
