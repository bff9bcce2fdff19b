/** The attributes of `<cdam-map>` as properties: what is set here is seen in the attribute, and the other way round. */
import type { From } from 'cdam';
import { ATTRIBUTES, clipOf, opacityOf, sharpenOf } from './attributes.ts';
import { BaseElement } from './base.ts';

/** An element with the attributes of `<cdam-map>`. */
export class ReflectingElement extends BaseElement {
  /** The address of the photo. */
  get src(): string | null {
    return this.getAttribute('src');
  }
  set src(value: string | null) {
    this.#reflect('src', value);
  }

  /** What the photo shows, in words. */
  get alt(): string | null {
    return this.getAttribute('alt');
  }
  set alt(value: string | null) {
    this.#reflect('alt', value);
  }

  /** The address of the file of the basis. */
  get basis(): string | null {
    return this.getAttribute('basis');
  }
  set basis(value: string | null) {
    this.#reflect('basis', value);
  }

  /** The class that is explained; null for the most probable one. */
  get target(): string | null {
    return this.getAttribute('target');
  }
  set target(value: string | null) {
    this.#reflect('target', value);
  }

  /** The class that it is held against; null for none. */
  get against(): string | null {
    return this.getAttribute('against');
  }
  set against(value: string | null) {
    this.#reflect('against', value);
  }

  /** What is explained of the class. */
  get from(): From {
    return (this.getAttribute('from') ?? 'logit') as From;
  }
  set from(value: From | null) {
    this.#reflect('from', value);
  }

  /** How much the strongest scores cover the photo, from 0 to 1. */
  get opacity(): number {
    return opacityOf(this);
  }
  set opacity(value: number | null) {
    this.#reflect('opacity', value);
  }

  /** The share of scores that is clipped at either end. */
  get clip(): number {
    return clipOf(this);
  }
  set clip(value: number | null) {
    this.#reflect('clip', value);
  }

  /** The power that lets strong scores stand out. */
  get sharpen(): number {
    return sharpenOf(this);
  }
  set sharpen(value: number | null) {
    this.#reflect('sharpen', value);
  }

  /** Whether the visitor has fields to choose with. */
  get controls(): boolean {
    return this.hasAttribute('controls');
  }
  set controls(value: boolean) {
    this.toggleAttribute('controls', value);
  }

  /** When to load. */
  get loading(): 'eager' | 'lazy' {
    return this.getAttribute('loading') === 'lazy' ? 'lazy' : 'eager';
  }
  set loading(value: 'eager' | 'lazy' | null) {
    this.#reflect('loading', value);
  }

  /**
   * Properties that were set before the element was defined lie on the object and hide those of the class: they are set again, properly.
   * @internal
   */
  protected upgradeProperties(more: readonly string[]): void {
    for (const name of [...ATTRIBUTES, ...more]) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  #reflect(name: string, value: string | number | null): void {
    if (value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }
}
