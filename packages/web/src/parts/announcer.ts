/** A polite live region that does not chatter: it says the last thing, once nothing new has come for a while. */
import { make } from './dom.ts';

/** Milliseconds of quiet before something is said. */
const QUIET = 300;

/** What a screen reader is told. */
export class Announcer {
  readonly element: HTMLElement = make('div', { part: 'status', role: 'status', class: 'unseen' });
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Says it soon, unless something else is to be said before. */
  say(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.element.textContent = text;
    }, QUIET);
  }

  /** Says nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
