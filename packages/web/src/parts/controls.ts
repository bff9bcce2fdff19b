/** Where a visitor says what is explained, and how strongly it is drawn. */
import { type From, fromsOf } from 'cdam';
import type { ExplanationSource } from '../sources/source.ts';
import { ClassField } from './class-field.ts';
import { make } from './dom.ts';
import { FROM_WORDS } from './words.ts';

/** What a visitor can change. */
export interface ControlEvents {
  readonly choose: (attribute: 'target' | 'against', index: number | undefined) => void;
  readonly from: (from: From) => void;
  readonly opacity: (opacity: number) => void;
}

/** The fields. */
export class Controls {
  readonly element: HTMLElement;
  readonly #target: ClassField;
  readonly #against: ClassField;
  readonly #from: HTMLSelectElement = make('select', { id: 'from', part: 'field' });
  readonly #opacity: HTMLInputElement = make('input', { id: 'opacity', type: 'range', min: '0', max: '1', step: '0.05' });

  constructor({ choose, from, opacity }: ControlEvents) {
    this.#target = new ClassField({ name: 'target', label: 'Class', choose: (index) => choose('target', index) });
    const none = { label: 'Rather than', none: 'no other class' };
    this.#against = new ClassField({ name: 'against', ...none, choose: (index) => choose('against', index) });
    const field = (id: string, label: string, input: HTMLElement): HTMLElement =>
      make('div', { class: 'field' }, make('label', { for: id }, label), input);
    const plain = [field('from', 'Explain the', this.#from), field('opacity', 'Strength of the colours', this.#opacity)];
    this.element = make('div', { part: 'controls', class: 'fields' }, this.#target.element, this.#against.element, ...plain);
    this.#from.addEventListener('change', () => from(this.#from.value as From));
    this.#opacity.addEventListener('input', () => opacity(Number(this.#opacity.value)));
  }

  /** Offers the classes of a source. */
  setSource({ predictions, classes }: ExplanationSource): void {
    const froms = fromsOf(classes);
    for (const field of [this.#target, this.#against]) field.setClasses(predictions, froms.length > 1);
    this.#from.replaceChildren(...froms.map((from) => make('option', { value: from }, FROM_WORDS[from])));
  }

  /** Shows what is asked. */
  setChosen(target: number, against: number | undefined, from: From): void {
    this.#target.setChosen(target);
    this.#against.setChosen(against);
    this.#from.value = from;
  }

  /** Shows how strongly the map is drawn. */
  setOpacity(opacity: number): void {
    this.#opacity.value = String(opacity);
  }
}
