/** How the element looks. Colours and font come from the page; all that is coloured is the map. */
export const STYLES: string = `
:host { display: block; container-type: inline-size; font: var(--cdam-font, 400 0.9375rem/1.45 system-ui, sans-serif); }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
figure { margin: 0; display: grid; gap: 0.75rem 1.5rem; align-items: start; }
p, ol, ul { margin: 0; padding: 0; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.frame { position: relative; overflow: hidden; background: color-mix(in srgb, currentColor 8%, transparent); border-radius: var(--cdam-radius, 2px); }
.frame img { display: block; width: 100%; height: auto; }
.frame.mapped img { filter: var(--cdam-photo-filter, grayscale(1)); }
.view { position: absolute; left: var(--left); top: var(--top); width: var(--width); height: var(--height); box-shadow: 0 0 0 100vmax var(--cdam-unseen, rgb(0 0 0 / 0.45)); }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
[role='grid'] { position: absolute; inset: 0; display: flex; flex-direction: column; cursor: crosshair; touch-action: pan-y pinch-zoom; user-select: none; }
[role='row'] { flex: 1; display: flex; min-height: 0; }
[role='gridcell'] { flex: 1; min-width: 0; border: 0 solid #fff; }
[role='gridcell']:focus { outline: 2px solid #fff; outline-offset: -2px; box-shadow: 0 0 0 2px #000; position: relative; z-index: 1; }
[role='gridcell']:focus:not(:focus-visible), [data-pointed] [role='gridcell']:focus { outline: none; box-shadow: none; }
[data-marked] [aria-selected='false'] { background: rgb(0 0 0 / 0.28); }
[data-edges~='top'] { border-top-width: 2px; }
[data-edges~='bottom'] { border-bottom-width: 2px; }
[data-edges~='left'] { border-left-width: 2px; }
[data-edges~='right'] { border-right-width: 2px; }
.side { display: grid; gap: 0.75rem; min-width: 0; align-content: start; }
.headline { font-size: 1.1875em; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; }
.quiet, .title, label { color: color-mix(in srgb, currentColor 72%, transparent); font-size: 0.8667em; overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.readout { min-height: 1.45em; font-variant-numeric: tabular-nums; }
.between, li { display: flex; justify-content: space-between; gap: 0.75rem; align-items: baseline; }
.legend { display: grid; grid-template-columns: auto minmax(4rem, 1fr) auto; gap: 0.6rem; align-items: center; font-size: 0.8667em; }
.scale { height: 0.6rem; border-radius: 1px; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); background:
  linear-gradient(to right, transparent 50%, #000 50%, var(--cdam-positive, #ffa600)),
  repeating-linear-gradient(135deg, rgb(0 0 0 / 0.7) 0 2px, transparent 2px 5px),
  linear-gradient(to right, var(--cdam-negative, #00e3ff), #000 50%); }
.fields { display: grid; gap: 0.6rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
.field { position: relative; display: grid; gap: 0.15rem; min-width: 0; }
input, select, button { font: inherit; color: inherit; }
input[type='text'], select { width: 100%; min-height: 2.25rem; padding: 0.25rem 0.5rem; background: Canvas; color: CanvasText; border: 1px solid color-mix(in srgb, currentColor 55%, transparent); border-radius: 3px; }
input[type='range'] { width: 100%; min-height: 2.25rem; accent-color: currentColor; }
button { min-height: 1.75rem; padding: 0.1rem 0.25rem; background: none; border: 0; text-align: start; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 0.2em; cursor: pointer; overflow-wrap: anywhere; }
button:hover { text-decoration-thickness: 2px; }
:is(input, select, button):focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
.popup { position: absolute; z-index: 2; top: 100%; left: 0; right: 0; padding: 0.25rem; background: Canvas; color: CanvasText; border: 1px solid color-mix(in srgb, currentColor 45%, transparent); border-radius: 3px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.2); }
[role='listbox'] { max-height: 16rem; overflow-y: auto; list-style: none; }
[role='option'] { padding: 0.25rem 0.4rem; cursor: default; border-radius: 2px; overflow-wrap: anywhere; }
[role='option'][aria-selected='true'] { background: color-mix(in srgb, currentColor 14%, transparent); }
[role='option']:hover { outline: 1px solid color-mix(in srgb, currentColor 40%, transparent); }
.popup .quiet { padding: 0.15rem 0.4rem; }
.popup .quiet:empty { display: none; }
[part='evidence'] { display: grid; gap: 0.5rem 1.5rem; grid-template-columns: repeat(2, minmax(0, 1fr)); max-width: 44rem; }
[part='evidence'] > p { grid-column: 1 / -1; }
ol { list-style: none; }
li button { margin-inline-start: -0.25rem; }
[part='error'] { padding: 0.6rem 0.75rem; border: 1px solid currentColor; border-inline-start-width: 4px; border-radius: 2px; overflow-wrap: anywhere; }
[part='loading'] { display: grid; gap: 0.25rem; }
progress { width: 100%; accent-color: currentColor; }
@container (min-width: 46rem) {
  figure.wide { grid-template-columns: minmax(0, 1fr) minmax(16rem, 21rem); }
  figure.wide [part='evidence'] { grid-template-columns: minmax(0, 1fr); }
}
@container (max-width: 22rem) { [part='evidence'] { grid-template-columns: minmax(0, 1fr); } }
@media (prefers-contrast: more) { .quiet, .title, label { color: inherit; } }
@media (forced-colors: active) {
  .frame { border: 1px solid CanvasText; }
  .scale { forced-color-adjust: none; }
  [role='gridcell'] { border-color: Highlight; }
  [role='gridcell']:focus-visible { outline-color: Highlight; }
  [role='option'][aria-selected='true'] { background: Highlight; color: HighlightText; forced-color-adjust: none; }
}
`;
