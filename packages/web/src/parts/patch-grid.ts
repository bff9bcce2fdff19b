/**
 * The patches as a grid that can be walked: one tab stop, arrows move, Shift and arrows mark a region, Enter marks one patch, Escape takes the mark
 * away; a pointer hovers, clicks, and drags a rectangle.
 */
import { make } from './dom.ts';

/** What the grid tells its owner. */
export interface PatchGridEvents {
  /** The patch under the pointer or with the focus; undefined when there is none. */
  readonly look: (patch: number | undefined) => void;
  /** Patches were marked, in rising order; none when the mark was taken away. */
  readonly mark: (patches: readonly number[]) => void;
}

/** The grid of patches over a picture. */
export class PatchGrid {
  readonly element: HTMLElement;
  readonly #events: PatchGridEvents;
  #cells: readonly HTMLElement[] = [];
  #rows = 0;
  #columns = 0;
  /** The patch that is the tab stop. */
  #current = 0;
  /** Where a rectangle began. */
  #anchor: number | undefined;
  #dragging = false;

  constructor(events: PatchGridEvents) {
    this.#events = events;
    this.element = make('div', { part: 'grid', role: 'grid', 'aria-multiselectable': 'true', 'aria-describedby': 'keys' });
    this.#listenToPointer();
    this.element.addEventListener('keydown', (event) => {
      this.element.removeAttribute('data-pointed');
      if (this.#key(event)) event.preventDefault();
    });
    this.element.addEventListener('focusin', () => events.look(this.#current));
    this.element.addEventListener('focusout', () => events.look(undefined));
  }

  /** Lays out as many patches as the model saw. */
  setSize(rows: number, columns: number): void {
    if (rows === this.#rows && columns === this.#columns) return;
    [this.#rows, this.#columns, this.#current] = [rows, columns, 0];
    const lines = Array.from({ length: rows }, () =>
      make('div', { role: 'row' }, ...Array.from({ length: columns }, () => make('div', { role: 'gridcell', tabindex: '-1' }))),
    );
    this.#cells = lines.flatMap((line) => Array.from(line.children) as HTMLElement[]);
    this.#cells[0]?.setAttribute('tabindex', '0');
    this.element.replaceChildren(...lines);
  }

  /** What the grid is about, and what each of its patches says. */
  describe(name: string, cell: (patch: number) => string): void {
    this.element.setAttribute('aria-label', name);
    for (const [patch, element] of this.#cells.entries()) element.setAttribute('aria-label', cell(patch));
  }

  /** Shows a region; it need not be a rectangle. */
  setRegion(region: readonly number[]): void {
    const marked = new Set(region);
    this.element.toggleAttribute('data-marked', marked.size > 0);
    for (const [patch, cell] of this.#cells.entries()) {
      cell.setAttribute('aria-selected', String(marked.has(patch)));
      const column = patch % this.#columns;
      const inside = [
        patch - this.#columns,
        patch + this.#columns,
        column > 0 ? patch - 1 : -1,
        column < this.#columns - 1 ? patch + 1 : -1,
      ];
      cell.dataset.edges = marked.has(patch)
        ? ['top', 'bottom', 'left', 'right'].filter((_, i) => !marked.has(inside[i] ?? -1)).join(' ')
        : '';
    }
  }

  #key({ key, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
    if (key === 'Escape') {
      this.#anchor = undefined;
      this.#events.mark([]);
      return true;
    }
    if (key === 'Enter' || key === ' ') {
      this.#anchor = this.#current;
      this.#events.mark([this.#current]);
      return true;
    }
    const to = this.#destination(key, ctrlKey || metaKey);
    if (to === undefined) return false;
    if (!shiftKey) this.#anchor = undefined;
    else this.#anchor ??= this.#current;
    this.#moveTo(to);
    if (this.#anchor !== undefined) this.#events.mark(this.#rectangle(this.#anchor, to));
    return true;
  }

  /** Where a key leads from the current patch; undefined for keys that are not for the grid. */
  #destination(key: string, far: boolean): number | undefined {
    const [row, column] = [Math.floor(this.#current / this.#columns), this.#current % this.#columns];
    const [lastRow, lastColumn] = [this.#rows - 1, this.#columns - 1];
    const places: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [far ? 0 : row, 0],
      End: [far ? lastRow : row, lastColumn],
      PageUp: [0, column],
      PageDown: [lastRow, column],
    };
    const place = places[key];
    if (place === undefined) return undefined;
    return Math.min(lastRow, Math.max(0, place[0])) * this.#columns + Math.min(lastColumn, Math.max(0, place[1]));
  }

  #moveTo(patch: number): void {
    this.#cells[this.#current]?.setAttribute('tabindex', '-1');
    this.#current = patch;
    this.#cells[patch]?.setAttribute('tabindex', '0');
    this.#cells[patch]?.focus({ preventScroll: false });
    this.#events.look(patch);
  }

  #rectangle(a: number, b: number): number[] {
    const rows = [Math.floor(a / this.#columns), Math.floor(b / this.#columns)].sort((x, y) => x - y);
    const columns = [a % this.#columns, b % this.#columns].sort((x, y) => x - y);
    const [top = 0, bottom = 0] = rows;
    const [left = 0, right = 0] = columns;
    const wide = right - left + 1;
    return Array.from({ length: (bottom - top + 1) * wide }, (_, i) => (top + Math.floor(i / wide)) * this.#columns + left + (i % wide));
  }

  #listenToPointer(): void {
    const { element } = this;
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.#dragging = true;
      // The ring of the focus is for those who walk with keys.
      element.setAttribute('data-pointed', '');
      this.#anchor = this.#patchAt(event);
      element.setPointerCapture(event.pointerId);
      this.#moveTo(this.#anchor);
      event.preventDefault();
      this.#events.mark([this.#anchor]);
    });
    element.addEventListener('pointermove', (event) => {
      const patch = this.#patchAt(event);
      this.#events.look(patch);
      if (this.#dragging && this.#anchor !== undefined) this.#events.mark(this.#rectangle(this.#anchor, patch));
    });
    for (const end of ['pointerup', 'pointercancel'] as const)
      element.addEventListener(end, () => {
        this.#dragging = false;
        this.#anchor = undefined;
      });
    element.addEventListener('pointerleave', () => this.#events.look(undefined));
  }

  #patchAt({ clientX, clientY }: PointerEvent): number {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const at = (from: number, length: number, count: number): number =>
      Math.min(count - 1, Math.max(0, Math.floor((from / length) * count)));
    return at(clientY - top, height, this.#rows) * this.#columns + at(clientX - left, width, this.#columns);
  }
}
