/**
 * Colour scales for signed scores. Zero has the colour in the middle, and both signs are divided by the same number, so that a patch that
 * speaks for the class as much as another speaks against it has a colour of the same strength.
 */

/** A colour at a position from 0 (most negative) over 0.5 (zero) to 1 (most positive). */
export interface ColourStop {
  readonly position: number;
  /** `#rrggbb` */
  readonly colour: string;
}

/** A diverging colour scale. Between two stops red, green and blue are interpolated linearly. */
export interface ColourScale {
  readonly name: string;
  /** In rising order of their positions, with one at 0, one at 0.5 and one at 1. */
  readonly stops: readonly ColourStop[];
}

/** The scale of the figures of Brocki, Binda and Chung (TMLR 2024): cyan speaks against, orange speaks for, black is zero. */
export const blackCentred: ColourScale = {
  name: 'black-centred',
  stops: [
    { position: 0, colour: '#00e3ff' },
    { position: 0.37, colour: '#4371ab' },
    { position: 0.5, colour: '#000000' },
    { position: 0.63, colour: '#8b5a44' },
    { position: 1, colour: '#ffa600' },
  ],
};

/**
 * ColorBrewer's PuOr in 11 classes (Harrower and Brewer, The Cartographic Journal 40, 2003), listed there as safe for colour-blind
 * readers: purple speaks against, orange speaks for, near-white is zero.
 */
export const purpleOrange: ColourScale = {
  name: 'purple-orange',
  stops: ['#2d004b', '#542788', '#8073ac', '#b2abd2', '#d8daeb', '#f7f7f7', '#fee0b6', '#fdb863', '#e08214', '#b35806', '#7f3b08'].map(
    (colour, i) => ({ position: i / 10, colour }),
  ),
};

/** Steps on either side of zero in a table of colours: more than 8-bit colours can tell apart. */
const STEPS = 512;

/** A colour scale as a table: red, green and blue for 2·512 + 1 equally spaced values from −1 to 1. */
export function colourTable(scale: ColourScale): Uint8ClampedArray {
  const table = new Uint8ClampedArray((2 * STEPS + 1) * 3);
  for (let i = 0; i <= 2 * STEPS; i++) table.set(interpolate(scale, i / (2 * STEPS)), i * 3);
  return table;
}

/** The index in a colourTable at which the colour of `value` begins. Values below −1 or above 1 have the colour of that end. */
export function colourOffset(value: number): number {
  return Math.round((Math.min(1, Math.max(-1, value)) + 1) * STEPS) * 3;
}

function interpolate({ stops }: ColourScale, position: number): [number, number, number] {
  const above = Math.max(
    1,
    stops.findIndex((stop) => stop.position >= position),
  );
  const [low, high] = [stops[above - 1], stops[above]];
  if (low === undefined || high === undefined) return [0, 0, 0];
  const share = (position - low.position) / (high.position - low.position);
  const [from, to] = [channels(low.colour), channels(high.colour)];
  const mix = (c: 0 | 1 | 2): number => from[c] + share * (to[c] - from[c]);
  return [mix(0), mix(1), mix(2)];
}

function channels(colour: string): [number, number, number] {
  const byte = (at: number): number => Number.parseInt(colour.slice(at, at + 2), 16);
  return [byte(1), byte(3), byte(5)];
}
