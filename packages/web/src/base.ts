/** `HTMLElement`, or where there is none, as on a server, a class that can be extended and never is made into an element. */

class Inert {}

/** What the element extends. */
export const BaseElement: typeof HTMLElement = typeof HTMLElement === 'undefined' ? (Inert as unknown as typeof HTMLElement) : HTMLElement;
