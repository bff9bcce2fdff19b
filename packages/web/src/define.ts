/** Defines `<cdam-map>`, once, where there are custom elements. On a server there are none, and nothing happens. */
import { CdamMap } from './cdam-map.ts';

if (typeof customElements !== 'undefined' && customElements.get('cdam-map') === undefined) customElements.define('cdam-map', CdamMap);

declare global {
  interface HTMLElementTagNameMap {
    'cdam-map': CdamMap;
  }
}

export { CdamMap };
