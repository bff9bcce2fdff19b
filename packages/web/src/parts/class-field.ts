/** A field for one of many classes: a combobox with a list that typing narrows, after the pattern of the ARIA authoring practices. */
import type { Prediction } from 'cdam';
import { make } from './dom.ts';
import { matching } from './matches.ts';
import { percent, signed } from './words.ts';

/** How many options the list has at most; typing finds the others. */
const MOST = 200;

/** What a field is. */
export interface ClassFieldOptions {
  /** Unique in the shadow tree. */
  readonly name: string;
  readonly label: string;
  /** The words for no class at all, where that is a choice. */
  readonly none?: string;
  /** Called with the class at every step through the list, so that the map follows; undefined for none. */
  readonly choose: (index: number | undefined) => void;
}

interface Option {
  readonly index: number | undefined;
  readonly label: string;
  readonly value: string;
}

/** The field and its list. */
export class ClassField {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLUListElement;
  readonly #more: HTMLElement;
  readonly #popup: HTMLElement;
  readonly #options: ClassFieldOptions;
  #all: readonly Prediction[] = [];
  #probable = true;
  #shown: readonly Option[] = [];
  #active = -1;
  #chosen: number | undefined;
  /** What was chosen when the list was opened: Escape goes back to it. */
  #before: number | undefined;

  constructor(options: ClassFieldOptions) {
    this.#options = options;
    const [id, list] = [options.name, `${options.name}-list`];
    const fixed = { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', type: 'text', placeholder: options.none ?? '' };
    const combobox = { role: 'combobox', 'aria-expanded': 'false', 'aria-controls': list, 'aria-autocomplete': 'list' };
    this.#input = make('input', { id, part: 'field', ...fixed, ...combobox });
    this.#list = make('ul', { id: list, role: 'listbox', 'aria-label': options.label, part: 'list' });
    this.#more = make('p', { class: 'quiet' });
    this.#popup = make('div', { class: 'popup', hidden: '' }, this.#list, this.#more);
    this.element = make('div', { class: 'field' }, make('label', { for: id }, options.label), this.#input, this.#popup);
    this.#listen();
  }

  /** Which classes there are, in the order in which they are listed. */
  setClasses(all: readonly Prediction[], probable: boolean): void {
    this.#all = all;
    this.#probable = probable;
    this.#close();
  }

  /** Shows what is chosen. */
  setChosen(index: number | undefined): void {
    this.#chosen = index;
    if (this.#popup.hidden) this.#write();
  }

  #listen(): void {
    const input = this.#input;
    input.addEventListener('input', () => this.#open(input.value));
    input.addEventListener('click', () => this.#open(''));
    input.addEventListener('focus', () => input.select());
    input.addEventListener('blur', () => this.#close());
    input.addEventListener('keydown', (event) => {
      if (this.#key(event)) event.preventDefault();
    });
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('click', ({ target }) => {
      const at = target instanceof Element ? target.closest('li')?.dataset.at : undefined;
      if (at === undefined) return;
      this.#activate(Number(at));
      this.#close();
    });
  }

  /** @returns whether the key was for the list */
  #key({ key }: KeyboardEvent): boolean {
    const open = !this.#popup.hidden;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (!open) this.#open('');
      else this.#activate((this.#active + (key === 'ArrowDown' ? 1 : -1) + this.#shown.length) % Math.max(1, this.#shown.length));
      return true;
    }
    if (!open) return false;
    if (key === 'Enter') {
      if (this.#active < 0) this.#activate(0);
      this.#close();
      return true;
    }
    if (key !== 'Escape') return false;
    this.#options.choose(this.#before);
    this.#chosen = this.#before;
    this.#close();
    return true;
  }

  #open(text: string): void {
    if (this.#popup.hidden) this.#before = this.#chosen;
    const found = matching(this.#all, text);
    const none = this.#options.none !== undefined && text.trim() === '' ? [{ index: undefined, label: this.#options.none, value: '' }] : [];
    this.#shown = [...none, ...found.slice(0, MOST).map((each) => this.#optionOf(each))];
    this.#active = -1;
    this.#list.replaceChildren(...this.#shown.map((option, at) => this.#item(option, at)));
    const hidden = found.length - Math.min(found.length, MOST);
    this.#more.textContent =
      found.length === 0 ? 'No class has such a name.' : hidden > 0 ? `${hidden} more: type to narrow the list.` : '';
    this.#popup.hidden = false;
    this.#input.setAttribute('aria-expanded', 'true');
    this.#input.removeAttribute('aria-activedescendant');
  }

  #optionOf({ index, label, logit, probability }: Prediction): Option {
    return { index, label, value: this.#probable ? percent(probability) : signed(logit) };
  }

  #item({ label, value, index }: Option, at: number): HTMLLIElement {
    const about = {
      role: 'option',
      id: `${this.#options.name}-${at}`,
      'data-at': String(at),
      'aria-selected': String(index === this.#chosen),
    };
    return make('li', about, make('span', {}, label), make('span', { class: 'number' }, value));
  }

  /** Steps to an option, which is chosen at once: the map follows. */
  #activate(at: number): void {
    const option = this.#shown[at];
    if (option === undefined) return;
    this.#list.children[this.#active]?.setAttribute('aria-selected', 'false');
    this.#active = at;
    const item = this.#list.children[at];
    item?.setAttribute('aria-selected', 'true');
    item?.scrollIntoView({ block: 'nearest' });
    this.#input.setAttribute('aria-activedescendant', item?.id ?? '');
    this.#chosen = option.index;
    this.#options.choose(option.index);
  }

  #close(): void {
    this.#popup.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#input.removeAttribute('aria-activedescendant');
    this.#write();
  }

  #write(): void {
    this.#input.value = this.#all.find(({ index }) => index === this.#chosen)?.label ?? '';
  }
}
