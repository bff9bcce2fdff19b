/** All that is seen of the element: its shadow tree, and what it shows in each state. */
import type { PhotoPart } from '@cdam/vit';
import type { RegionEvidence, TokenMap } from 'cdam';
import type { Question } from '../question.ts';
import type { ExplanationSource } from '../sources/source.ts';
import { Announcer } from './announcer.ts';
import { type ControlEvents, Controls } from './controls.ts';
import { make } from './dom.ts';
import { Evidence, regionSentence } from './evidence.ts';
import { PatchGrid, type PatchGridEvents } from './patch-grid.ts';
import { Picture } from './picture.ts';
import { STYLES } from './styles.ts';
import { FROM_WORDS, percent, placeOf, signed } from './words.ts';

/** Nothing to show, something on its way, a map, or a sentence that says what went wrong. */
export type State = 'empty' | 'loading' | 'explained' | 'failed';

const KEYS = 'Arrow keys move over the patches, Shift and arrow keys mark a region, Enter marks one patch, Escape takes the mark away.';

/** What a visitor does. */
export type ViewEvents = ControlEvents & PatchGridEvents;

/** The shadow tree. */
export class View {
  readonly picture: Picture = new Picture();
  readonly controls: Controls;
  readonly announcer: Announcer = new Announcer();
  readonly #grid: PatchGrid;
  readonly #evidence: Evidence;
  readonly #style: CSSStyleSheet = new CSSStyleSheet();
  readonly #fallback: HTMLSlotElement = make('slot');
  readonly #box: HTMLElement;
  readonly #frame: HTMLElement;
  readonly #figure: HTMLElement;
  readonly #side: HTMLElement;
  readonly #headline: HTMLElement = make('p', { class: 'headline' });
  readonly #facts: HTMLElement = make('p', { class: 'quiet' });
  readonly #caption: HTMLElement;
  readonly #ends: readonly [HTMLElement, HTMLElement] = [make('span', { class: 'number' }), make('span', { class: 'number' })];
  readonly #legend: HTMLElement;
  readonly #readout: HTMLElement = make('p', { part: 'readout', class: 'readout' });
  readonly #error: HTMLElement = make('p', { part: 'error', role: 'alert', hidden: '' });
  readonly #bar: HTMLProgressElement = make('progress', { id: 'bar' });
  readonly #amount: HTMLLabelElement = make('label', { for: 'bar' });
  readonly #loading: HTMLElement = make('div', { part: 'loading', hidden: '' }, this.#amount, this.#bar);

  constructor(root: ShadowRoot, events: ViewEvents) {
    this.#grid = new PatchGrid(events);
    this.controls = new Controls(events);
    this.#evidence = new Evidence({ choose: (index) => events.choose('target', index), clear: () => events.mark([]) });
    this.#box = make('div', { class: 'view' }, this.picture.canvas, this.#grid.element);
    this.#frame = make('div', { part: 'frame', class: 'frame' }, this.picture.image, this.#box);
    this.#caption = make('figcaption', { part: 'caption' }, make('slot', { name: 'caption' }, this.#headline, this.#facts));
    this.#legend = make('div', { part: 'legend', class: 'legend' }, this.#ends[0], make('span', { class: 'scale' }), this.#ends[1]);
    const below = make('div', { class: 'side' }, this.#legend, this.#readout);
    this.#side = make('div', { class: 'side' }, this.#caption, this.#evidence.element, this.controls.element);
    this.#figure = make('figure', { part: 'figure' }, make('div', { class: 'side' }, this.#frame, below), this.#side);
    const keys = make('p', { id: 'keys', class: 'unseen' }, KEYS);
    root.append(this.#fallback, this.#figure, this.#loading, this.#error, this.announcer.element, keys);
    this.#style.replaceSync(':host {}');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet, this.#style];
  }

  /** @param own whether the photo is the element's, and not one that stands inside it and is seen anyway */
  setState(state: State, own: boolean): void {
    const ready = state === 'explained' || (state === 'failed' && this.#placed);
    this.#fallback.hidden = ready || own;
    this.#figure.hidden = !ready && !own;
    this.#box.hidden = state !== 'explained';
    this.#frame.classList.toggle('mapped', state === 'explained');
    for (const part of [this.#legend, this.#readout]) part.hidden = state !== 'explained';
    this.#side.hidden = !ready;
    this.#loading.hidden = state !== 'loading';
    this.#error.hidden = state !== 'failed';
    if (state !== 'failed') this.#error.textContent = '';
  }

  get #placed(): boolean {
    return this.#grid.element.childElementCount > 0;
  }

  /** A photo that was explained before, and the one that comes next, have nothing in common. */
  clear(alt: string): void {
    this.picture.image.alt = alt;
    this.picture.erase();
    this.#grid.setSize(0, 0);
    this.showRegion([], undefined, '');
    for (const text of [this.#headline, this.#facts, this.#readout, ...this.#ends]) text.textContent = '';
    this.showProgress(0, undefined);
  }

  showProgress(loaded: number, total: number | undefined): void {
    const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(0);
    this.#amount.textContent = `Loading the explanation: ${kilobytes(loaded)}${total === undefined ? '' : ` of ${kilobytes(total)}`} kB`;
    if (total === undefined) this.#bar.removeAttribute('value');
    else [this.#bar.max, this.#bar.value] = [total, loaded];
  }

  showError(sentence: string): void {
    this.#error.textContent = sentence;
    this.picture.erase();
  }

  /** Places grid and map over the photo, and offers the classes. */
  setSource(source: ExplanationSource): void {
    this.#grid.setSize(...source.grid);
    this.#place(this.picture.place(source.framing, source.grid));
    this.controls.setSource(source);
  }

  #place(part: PhotoPart): void {
    const names = ['left', 'top', 'width', 'height'] as const;
    const rule = this.#style.cssRules[0];
    if (rule instanceof CSSStyleRule) for (const name of names) rule.style.setProperty(`--${name}`, `${100 * part[name]}%`);
  }

  setControls(shown: boolean): void {
    this.controls.element.hidden = !shown;
    this.#figure.classList.toggle('wide', shown);
  }

  /** Says what the map shows. @param unit the score at the end of the colours */
  showMap(map: TokenMap, unit: number, { phrase, prediction, from, target }: Question, source: ExplanationSource): void {
    const [sum, columns] = [map.scores.reduce((total, score) => total + score, 0), map.grid[1]];
    const { method, model, reduced } = source.about;
    this.#headline.replaceChildren(phrase, make('span', { class: 'quiet number' }, `  ${prediction}`));
    const facts = [
      `${method === 'ledger' ? 'Ledger' : 'CDAM'} of ${model || 'a model'}`,
      `from the ${FROM_WORDS[from]}`,
      `sum ${signed(sum)}`,
    ];
    if (reduced !== undefined)
      facts.push(
        `file of rank ${reduced.rank}${reduced.error === undefined ? '' : `, median error ${percent(reduced.error)} of the largest score`}`,
      );
    if (source.framing === undefined) facts.push('the file does not say how the photo was cropped, so its centre is taken');
    this.#facts.textContent = `${facts.join(' · ')}.`;
    this.#ends[0].textContent = `against ${signed(-unit)}`;
    this.#ends[1].textContent = `for ${signed(unit)}`;
    this.controls.setChosen(target.index, target.versus, from);
    const strongest = map.scores.reduce((best, score, i) => (score > (map.scores[best] ?? 0) ? i : best), 0);
    const weakest = map.scores.reduce((best, score, i) => (score < (map.scores[best] ?? 0) ? i : best), 0);
    const name = `What speaks for and against ${phrase}, ${map.grid.join(' by ')} patches`;
    const extremes = [strongest, weakest].map((patch) => `${placeOf(patch, columns)}, ${signed(map.scores[patch] ?? 0)}`);
    this.announcer.say(`Map for ${phrase}, ${prediction}. Most for it: ${extremes[0]}. Most against it: ${extremes[1]}.`);
    this.#grid.describe(name, (patch) => this.sentenceOf(map, patch, phrase));
  }

  /** What a patch says. */
  sentenceOf(map: TokenMap, patch: number, phrase: string): string {
    return `${placeOf(patch, map.grid[1])}: ${signed(map.scores[patch] ?? 0)} for ${phrase}`;
  }

  showReadout(text: string): void {
    this.#readout.textContent = text;
  }

  /** @param own what the region says about the class that is explained */
  showRegion(region: readonly number[], evidence: RegionEvidence | undefined, own: string): void {
    this.#grid.setRegion(region);
    this.#evidence.show(evidence, region.length, own);
    if (evidence !== undefined) this.announcer.say(regionSentence(evidence, region.length, own));
  }
}
