/**
 * Plots as SVG: several panels with two logarithmic axes, in which a power law is a straight line with its exponent as the slope.
 */

/** A line in a panel, with a value for each x. */
export interface Curve {
  readonly label: string;
  readonly values: readonly number[];
}

/** A pair of axes with lines. */
export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly number[];
  readonly curves: readonly Curve[];
}

const WIDTH = 420;
const HEIGHT = 280;
const MARGIN = { left: 62, right: 16, top: 46, bottom: 44 };
/** The logarithm of the least ratio between the ends of an axis. */
const LEAST_RANGE = Math.log(5);
/** Colours that colour-blind readers can tell apart (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

/** Draws panels in a grid. @param columns how many panels there are in a row */
export function plot(panels: readonly Panel[], columns: number): string {
  const rows = Math.ceil(panels.length / columns);
  const [width, height] = [columns * WIDTH, rows * HEIGHT];
  const body = panels.map((each, i) => {
    const [x, y] = [(i % columns) * WIDTH, Math.floor(i / columns) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${panel(each)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ' font-family="sans-serif" font-size="11">',
    '<title>How time and memory grow</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function panel({ title, xLabel, yLabel, x, curves }: Panel): string {
  const across = scale(x, MARGIN.left, WIDTH - MARGIN.right);
  const up = scale(
    curves.flatMap(({ values }) => values),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const [bottom, right] = [HEIGHT - MARGIN.bottom, WIDTH - MARGIN.right];
  return [
    text(WIDTH / 2, 18, title, 'middle', 'font-size="13" font-weight="bold"'),
    text((MARGIN.left + right) / 2, HEIGHT - 8, xLabel, 'middle'),
    text(0, 0, yLabel, 'middle', `transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)"`),
    ...up.ticks.map((value) => `<path d="M${MARGIN.left} ${up.at(value)}H${right}" stroke="#ddd"/>`),
    ...up.ticks.map((value) => text(MARGIN.left - 6, up.at(value) + 4, number(value), 'end')),
    ...x.map((value) => text(across.at(value), bottom + 16, number(value), 'middle')),
    `<path d="M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}" fill="none" stroke="#333"/>`,
    ...curves.flatMap(({ values, label }, i) => curve(x.map(across.at), values.map(up.at), label, i)),
  ].join('');
}

function curve(x: readonly number[], y: readonly number[], label: string, index: number): string[] {
  const colour = COLOURS[index % COLOURS.length];
  const points = x.map((value, i) => `${value.toFixed(1)},${y[i]?.toFixed(1)}`);
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map((point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${colour}"/>`),
    text(MARGIN.left + 95 * index, MARGIN.top - 12, label, 'start', `fill="${colour}"`),
  ];
}

/** An axis. */
interface Scale {
  /** The coordinate of a value. */
  readonly at: (value: number) => number;
  /** The numbers at the axis: 1, 2 and 5 times powers of ten. */
  readonly ticks: readonly number[];
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.log(Math.min(...values) / 1.15), Math.log(Math.max(...values) * 1.15)];
  // The range is not smaller, so that a curve that hardly changes looks flat.
  const [low, high] = [least, Math.max(most, least + LEAST_RANGE)];
  const ticks: number[] = [];
  for (let power = Math.floor(low / Math.LN10); power <= high / Math.LN10; power++) {
    ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** power).filter((tick) => Math.log(tick) >= low && Math.log(tick) <= high));
  }
  const sparse = ticks.length > 8 ? ticks.filter((tick) => /^1e/.test(tick.toExponential())) : ticks;
  return { at: (value) => from + ((Math.log(value) - low) / (high - low)) * (to - from), ticks: sparse };
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${more}>${escaped}</text>`;
}

function number(value: number): string {
  return value >= 10000 ? `${value / 1000}k` : String(Number(value.toPrecision(2)) === value ? value : Number(value.toPrecision(4)));
}
