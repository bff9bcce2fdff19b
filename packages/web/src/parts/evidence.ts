/** What a marked region says: the classes that it speaks for and against, with the numbers of which the map is made. */
import type { ClassEvidence, RegionEvidence } from 'cdam';
import { make } from './dom.ts';
import { patches, shortLabel, signed } from './words.ts';

/** How many classes each list shows; `classesOf` has all of them. */
const SHOWN = 5;

/** What is done when a class, or the button that takes the mark away, is pressed. */
export interface EvidenceEvents {
  readonly choose: (index: number) => void;
  readonly clear: () => void;
}

/** The two lists. */
export class Evidence {
  readonly element: HTMLElement = make('div', { part: 'evidence', hidden: '' });
  readonly #events: EvidenceEvents;

  constructor(events: EvidenceEvents) {
    this.#events = events;
  }

  /** Without evidence the lists go away. */
  show(evidence: RegionEvidence | undefined, count: number, own: string): void {
    this.element.hidden = evidence === undefined;
    this.element.replaceChildren();
    if (evidence === undefined) return;
    const clear = make('button', { type: 'button', part: 'button' }, 'Clear');
    clear.addEventListener('click', this.#events.clear);
    this.element.append(
      make('p', { class: 'between' }, make('span', {}, `${patches(count)} marked: ${own}`), clear),
      this.#list('It speaks for', evidence.for),
      this.#list('It speaks against', evidence.against),
    );
  }

  #list(title: string, classes: readonly ClassEvidence[]): HTMLElement {
    const items = classes.slice(0, SHOWN).map(({ index, label, score }) => {
      const button = make('button', { type: 'button', part: 'class', title: `Explain ${label}` }, shortLabel(label));
      button.addEventListener('click', () => this.#events.choose(index));
      return make('li', {}, button, make('span', { class: 'number' }, signed(score)));
    });
    const rest = classes.length - items.length;
    const more = rest > 0 ? [make('p', { class: 'quiet' }, `and ${rest} more`)] : [];
    const body = items.length > 0 ? [make('ol', {}, ...items), ...more] : [make('p', { class: 'quiet' }, 'no class')];
    return make('section', {}, make('p', { class: 'title' }, title), ...body);
  }
}

/** What a region says, in a sentence. */
export function regionSentence(evidence: RegionEvidence, count: number, own: string): string {
  const name = ({ label, score }: ClassEvidence): string => `${shortLabel(label)} ${signed(score)}`;
  const lists = [
    ['for', evidence.for],
    ['against', evidence.against],
  ] as const;
  const parts = lists.flatMap(([word, classes]) => (classes.length === 0 ? [] : [`${word} ${classes.slice(0, 3).map(name).join(', ')}`]));
  return `${patches(count)} marked: ${own}. Speaks ${parts.join('; ')}.`;
}
