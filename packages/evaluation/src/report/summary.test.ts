/** How a report writes numbers, and which of them is the best. */
import { describe, expect, it } from 'vitest';
import { escapeXml } from './plots.ts';
import { bestMethod, type MetricSummary } from './summary.ts';
import { duration, shortNumber } from './wording.ts';

function metricOf(direction: MetricSummary['direction'], means: Readonly<Record<string, number | null>>): MetricSummary {
  const cells = Object.entries(means).map(([method, mean]) => ({ method, mean, low: mean, high: mean, count: mean === null ? 0 : 1 }));
  return { name: 'area', group: 'correctness', summary: '', direction, cells };
}

describe('a number', () => {
  it('has three significant digits, and at most three after the point', () => {
    expect([0, 0.00012, -0.00012, 0.9999999, 12.345, -0.4567, 1234.5].map(shortNumber)).toEqual([
      '0',
      '0.000',
      '0.000',
      '1.00',
      '12.3',
      '-0.457',
      '1230',
    ]);
  });

  it('of milliseconds is written in the unit that suits it', () => {
    expect([0.25, 840, 12_500, 600_000, 9_000_000].map(duration)).toEqual(['0.3 ms', '840 ms', '12.5 s', '10 min', '2.5 h']);
  });
});

describe('the best method', () => {
  it('has the highest or the lowest mean', () => {
    expect(bestMethod(metricOf('higher', { a: 1, b: 3, c: 2 }))).toBe('b');
    expect(bestMethod(metricOf('lower', { a: 1, b: 3, c: 2 }))).toBe('a');
  });

  it('is never noise, nor a method without a number', () => {
    expect(bestMethod(metricOf('lower', { a: null, random: 0, b: 2 }))).toBe('b');
    expect(bestMethod(metricOf('lower', { a: null, random: 0 }))).toBeUndefined();
  });
});

it('text in a page cannot become markup', () => {
  expect(escapeXml('<a href="x">&\'')).toBe('&#60;a href=&#34;x&#34;&#62;&#38;&#39;');
});
