/**
 * The element `<cdam-map>`. It keeps attributes, what is shown and what is asked in step; who answers (sources), what is seen (parts) and what the
 * numbers are (the package `cdam`) stand elsewhere.
 */
import type { RegionEvidence, TokenMap } from 'cdam';
import { ATTRIBUTES, appearanceOf, DRAWN, LOADED } from './attributes.ts';
import { asMapError, CdamMapError, type CdamMapErrorCode } from './errors.ts';
import type { CdamMapEvents } from './events.ts';
import { scaleOf } from './parts/picture.ts';
import { type State, View } from './parts/view.ts';
import { signed } from './parts/words.ts';
import { nameOf, type Question, questionOf } from './question.ts';
import { ReflectingElement } from './reflecting-element.ts';
import { BasisSource } from './sources/basis-source.ts';
import { download } from './sources/download.ts';
import type { ExplanationSource } from './sources/source.ts';

/** A map that is shown, and what it answers. */
interface Shown {
  readonly source: ExplanationSource;
  readonly question: Question;
  readonly map: TokenMap;
}

/**
 * Shows what speaks for and against a class in a photo, from a stored basis.
 *
 * @attr {string} src - The photo. Without it, that of the first `<img>` inside the element.
 * @attr {string} alt - What the photo shows, in words. Without it, that of the `<img>` inside.
 * @attr {string} basis - The file of the basis, as `saveBasis` and `cdam explain --save-basis` write it.
 * @attr {string} target - The class: a label, one of its synonyms, an identifier, or an index. The most probable one by default.
 * @attr {string} against - A class that it is held against.
 * @attr {logit|log-odds|probability} from - What is explained of the class. `logit` by default.
 * @attr {number} opacity - How much the strongest scores cover the photo, from 0 to 1. 0.85 by default.
 * @attr {number} clip - The share of scores that is clipped at either end, below 0.5. 0.01 by default; 0 clips nothing.
 * @attr {number} sharpen - The power that lets strong scores stand out, from 1; 2 when nothing is said after the name.
 * @attr {boolean} controls - Shows fields for the class, a class to hold it against, what is explained, and the strength of the colours.
 * @attr {eager|lazy} loading - `lazy` loads when the element comes near what is seen. `eager` by default.
 * @fires {CustomEvent<null>} load - Photo and basis are there.
 * @fires {CustomEvent<ProgressDetail>} progress - More of the basis has come.
 * @fires {CustomEvent<CdamMapError>} error - Something went wrong; the element shows the same sentence.
 * @fires {CustomEvent<ExplainDetail>} explain - Another map is shown.
 * @fires {CustomEvent<TargetDetail>} targetchange - The visitor chose what is explained. Bubbles.
 * @fires {CustomEvent<RegionDetail>} regionchange - The visitor marked a region, or took the mark away. Bubbles.
 * @slot - What is seen without script, and until the photo is there: an `<img>`.
 * @slot caption - In place of the caption.
 * @csspart figure - Everything.
 * @csspart frame - Photo and map.
 * @csspart image - The photo.
 * @csspart map - The map over the photo.
 * @csspart grid - The patches, which can be walked and marked.
 * @csspart caption - What is explained.
 * @csspart legend - What the colours mean.
 * @csspart readout - What the patch under the pointer says.
 * @csspart controls - The fields of `controls`.
 * @csspart field - A field.
 * @csspart list - The list of classes.
 * @csspart evidence - What a marked region says.
 * @csspart class - A class of that.
 * @csspart button - The button that takes the mark away.
 * @csspart loading - How far the file is.
 * @csspart error - What went wrong.
 * @csspart status - What is told to screen readers.
 * @cssprop --cdam-positive - The colour of what speaks for the class: an opaque one.
 * @cssprop --cdam-negative - The colour of what speaks against it.
 * @cssprop --cdam-photo-filter - The filter of the photo under a map. `grayscale(1)` by default, so that all colours are the map's.
 * @cssprop --cdam-unseen - What covers the part of the photo that the model did not see.
 * @cssprop --cdam-font - The font, as the property `font` takes it.
 * @cssprop --cdam-radius - How round the corners of the photo are.
 * @cssState empty - There is no basis.
 * @cssState loading - Photo and basis are on their way.
 * @cssState explained - A map is shown.
 * @cssState failed - Something went wrong.
 */
export class CdamMap extends ReflectingElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  readonly #internals: ElementInternals;
  readonly #view: View;
  #begun = false;
  #observer: IntersectionObserver | undefined;
  #changes: Set<string> = new Set();
  #scheduled = false;
  #work: Promise<void> = Promise.resolve();
  #loading: AbortController | undefined;
  #loaded: Promise<ExplanationSource | undefined> = Promise.resolve(undefined);
  #turn = 0;
  #shown: Shown | undefined;
  #failure: CdamMapError | undefined;
  #region: readonly number[] = [];

  constructor() {
    super();
    this.#internals = this.attachInternals();
    this.#view = new View(this.attachShadow({ mode: 'open', delegatesFocus: false }), {
      choose: (attribute, index) => this.#choose(attribute, index),
      from: (from) => this.#ask(() => this.setAttribute('from', from)),
      opacity: (opacity) => this.setAttribute('opacity', String(opacity)),
      look: (patch) => this.#look(patch),
      mark: (patches) => void this.#mark(patches, true),
    });
    this.#view.setControls(false);
    this.#setState('empty');
  }

  /** The indices of the marked patches, row by row. */
  get region(): readonly number[] {
    return this.#region;
  }
  set region(value: readonly number[]) {
    this.#mark([...value], false).catch((error: unknown) => this.#fail(error, 'map'));
  }

  /** Loads what has not been loaded yet, and waits for the map. @throws CdamMapError when there is none */
  async explain(): Promise<TokenMap> {
    this.#begin();
    for (let work: unknown; work !== this.#work; ) {
      work = this.#work;
      await this.#work;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#shown === undefined) throw new CdamMapError('basis', 'There is nothing to explain: give the attribute "basis" a file.');
    return this.#shown.map;
  }

  /** The scores that are shown, as they are, neither clipped nor sharpened; undefined while there are none. */
  scores(): Pick<TokenMap, 'grid' | 'scores'> | undefined {
    const map = this.#shown?.map;
    return map && { grid: map.grid, scores: map.scores.slice() };
  }

  /**
   * The classes that patches speak for and against, strongest first, each with the sum of its map over them: from the same number as the map that is
   * shown, and held against the same class.
   *
   * @param region the indices of patches, row by row; by default those that are marked
   * @throws CdamMapError `map` for a patch that the grid does not have
   */
  async classesOf(region: readonly number[] = this.#region): Promise<RegionEvidence> {
    await this.explain();
    if (this.#shown === undefined) return { for: [], against: [] };
    try {
      return await this.#evidenceOf(this.#shown, region);
    } catch (error) {
      throw asMapError(error, 'map');
    }
  }

  /**
   * The part of the photo that the model saw with the map over it, as an image file in the photo's own resolution.
   * @throws CdamMapError `picture` when the photo comes from an origin that does not let it be copied
   */
  async toBlob({ type = 'image/png', quality }: { readonly type?: string; readonly quality?: number } = {}): Promise<Blob> {
    await this.explain();
    return await this.#view.picture.toBlob(type, quality);
  }

  /** @internal */
  connectedCallback(): void {
    this.upgradeProperties(['region']);
    this.#view.setControls(this.controls);
    if (this.loading === 'eager' || this.#begun) {
      this.#begin();
      return;
    }
    this.#observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) this.#begin();
      },
      { rootMargin: '50%' },
    );
    this.#observer.observe(this);
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#observer?.disconnect();
    this.#view.announcer.stop();
    // An element that only moved within the page is back before this happens.
    setTimeout(() => {
      if (!this.isConnected) this.#loading?.abort();
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === 'controls') this.#view.setControls(after !== null);
    if (before !== after && this.#begun) this.#change(name);
  }

  #begin(): void {
    this.#observer?.disconnect();
    const broken = this.#loading?.signal.aborted === true && this.#failure === undefined;
    if (this.#begun && !broken) return;
    this.#begun = true;
    this.#change('basis');
  }

  /** Several attributes are often set together, so they are looked at once all are. */
  #change(name: string): void {
    this.#changes.add(name);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#work = Promise.resolve().then(() => {
      this.#scheduled = false;
      const names = [...this.#changes];
      this.#changes.clear();
      return this.#update(names);
    });
  }

  async #update(names: readonly string[]): Promise<void> {
    const are = (group: readonly string[]): boolean => names.some((name) => group.includes(name));
    if (are(LOADED)) this.#loaded = this.#load();
    const source = await this.#loaded;
    if (source === undefined) return;
    if (names.every((name) => DRAWN.includes(name)) && this.#shown !== undefined) this.#draw(this.#shown);
    else await this.#explain(source);
  }

  /** @returns undefined when it failed, or when something else is to be loaded meanwhile */
  async #load(): Promise<ExplanationSource | undefined> {
    this.#loading?.abort();
    const loading = new AbortController();
    const { signal } = loading;
    this.#loading = loading;
    // A region that was set before anything was shown is meant for what comes.
    if (this.#shown !== undefined) this.#region = [];
    [this.#shown, this.#failure] = [undefined, undefined];
    const inside = this.querySelector('img');
    const [basis, photo] = [this.basis, this.src ?? inside?.getAttribute('src')];
    this.#view.clear(this.alt ?? inside?.alt ?? '');
    this.#setState(basis === null ? 'empty' : 'loading');
    if (basis === null && photo) this.#view.picture.show(photo);
    if (basis === null) return undefined;
    try {
      if (!photo) throw new CdamMapError('picture', 'There is no picture: give the attribute "src" one, or put an <img> inside.');
      const progress = (loaded: number, total: number | undefined): void => {
        if (signal.aborted) return;
        this.#view.showProgress(loaded, total);
        this.#send('progress', { phase: 'basis', loaded, total });
      };
      const [bytes] = await Promise.all([download(basis, signal, progress), this.#view.picture.load(photo)]);
      if (signal.aborted) return undefined;
      const source = new BasisSource(bytes);
      this.#view.setSource(source);
      this.#send('load', null);
      return source;
    } catch (error) {
      if (!signal.aborted) this.#fail(error, 'basis');
      loading.abort();
      return undefined;
    }
  }

  async #explain(source: ExplanationSource): Promise<void> {
    const turn = ++this.#turn;
    try {
      const question = questionOf(source, this);
      const map = await source.map(question.target, question.from);
      if (turn !== this.#turn) return;
      const shown = { source, question, map };
      if (!this.#draw(shown)) return;
      await this.#mark(this.#region, false);
      this.#send('explain', { map, score: map.scores.reduce((sum, score) => sum + score, 0) });
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, 'target');
    }
  }

  /** @returns whether the map could be drawn */
  #draw(shown: Shown): boolean {
    try {
      const unit = this.#view.picture.draw(shown.map, { ...appearanceOf(this), scale: scaleOf(getComputedStyle(this)) });
      this.#view.controls.setOpacity(this.opacity);
      [this.#shown, this.#failure] = [shown, undefined];
      this.#setState('explained');
      this.#view.showMap(shown.map, unit, shown.question, shown.source);
      return true;
    } catch (error) {
      this.#fail(error, 'rendering');
      return false;
    }
  }

  #fail(error: unknown, otherwise: CdamMapErrorCode): void {
    this.#failure = asMapError(error, otherwise);
    this.#view.showError(this.#failure.message);
    this.#setState('failed');
    this.#send('error', this.#failure);
  }

  #setState(state: State): void {
    for (const each of ['empty', 'loading', 'explained', 'failed'] satisfies State[])
      if (each === state) this.#internals.states?.add(each);
      else this.#internals.states?.delete(each);
    this.#view.setState(state, this.src !== null);
  }

  #look(patch: number | undefined): void {
    if (this.#shown === undefined) return;
    const { map, question } = this.#shown;
    this.#view.showReadout(patch === undefined ? '' : this.#view.sentenceOf(map, patch, question.phrase));
  }

  #evidenceOf({ source, question }: Shown, region: readonly number[]): Promise<RegionEvidence> {
    return source.classesOf(region, { from: question.from, versus: question.target.versus });
  }

  /** @param chosen whether the visitor did it */
  async #mark(patches: readonly number[], chosen: boolean): Promise<void> {
    const same = patches.length === this.#region.length && patches.every((patch, i) => patch === this.#region[i]);
    if (chosen && same) return;
    this.#region = patches;
    const shown = this.#shown;
    if (shown === undefined) return;
    const classes = patches.length === 0 ? undefined : await this.#evidenceOf(shown, patches);
    // The pointer, or another question, may have gone on meanwhile.
    if (this.#region !== patches || this.#shown !== shown) return;
    const sum = patches.reduce((total, patch) => total + (shown.map.scores[patch] ?? 0), 0);
    this.#view.showRegion(patches, classes, `${signed(sum)} for ${shown.question.phrase}`);
    if (chosen) this.#send('regionchange', { patches, classes }, true);
  }

  #choose(attribute: 'target' | 'against', index: number | undefined): void {
    const source = this.#shown?.source;
    void this.#loaded.then((loaded) => {
      const from = source ?? loaded;
      if (from !== undefined) this.#ask(() => this.#set(attribute, nameOf(from, index)));
    });
  }

  #set(attribute: string, value: string | null): void {
    if (value === null) this.removeAttribute(attribute);
    else this.setAttribute(attribute, value);
  }

  #ask(change: () => void): void {
    change();
    const { target, against, from } = this;
    this.#send('targetchange', { target, against, from }, true);
  }

  #send<K extends keyof CdamMapEvents>(name: K, detail: CdamMapEvents[K]['detail'], bubbles = false): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles, composed: bubbles }));
  }
}
