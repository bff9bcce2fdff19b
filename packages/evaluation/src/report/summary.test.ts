/** How a report writes numbers, which of them is the best, and how methods differ in the same pictures. */
import { describe, expect, it } from 'vitest';
import type { ImageRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import { htmlReport } from './html.ts';
import { markdownReport } from './markdown.ts';
import { escapeXml } from './plots.ts';
import { bestMethod, type MetricSummary, summarise } from './summary.ts';
import { duration, missingLines, shortNumber, signedNumber } from './wording.ts';

function metricOf(direction: MetricSummary['direction'], means: Readonly<Record<string, number | null>>, pictures = 5): MetricSummary {
  const cells = Object.entries(means).map(([method, mean]) => ({
    method,
    mean,
    low: mean,
    high: mean,
    count: mean === null ? 0 : pictures,
  }));
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
  it('is not named where there are too few pictures to tell', () => {
    expect(bestMethod(metricOf('higher', { a: 1, b: 3 }, 4))).toBeUndefined();
    expect(bestMethod(metricOf('higher', { a: 1, b: 3 }, 5))).toBe('b');
  });

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

describe('a comparison with a baseline', () => {
  const settings: Settings = {
    version: 2,
    model: 'small',
    fingerprint: 'f0',
    weights: 'f32',
    input: '64×64, crop',
    target: 'predicted',
    methods: ['cdam', 'relevance', 'ledger'],
    metrics: ['area-drop', 'gini'],
    masks: false,
    steps: 20,
    draws: 100,
    seed: 0,
    images: 4,
    digest: 'd0',
  };
  const recordOf = (index: number, values: ImageRecord['values']): ImageRecord => ({
    index,
    file: `${index}.png`,
    backend: 'reference (plain)',
    target: 2,
    targetLabel: 'tabby',
    predicted: 2,
    label: null,
    values,
    milliseconds: { look: 1, methods: {}, metrics: {} },
    problems: [],
  });
  // The pictures differ by hundreds, the methods by one or two.
  const records = [100, 300, 200, 900].map((level, i) =>
    recordOf(i, {
      'area-drop': { cdam: level, relevance: level + 1, ledger: i === 3 ? null : level + (i === 0 ? 2 : 3) },
      gini: { cdam: 0.5, relevance: null, ledger: 0.6 },
    }),
  );
  const report = summarise(settings, records, 'relevance');

  it('is of differences in the same picture, over the pictures where both have a number', () => {
    expect(report.comparison?.baseline).toBe('relevance');
    const [area, compact] = report.comparison?.metrics ?? [];
    expect(area?.cells.map(({ method, mean, count }) => [method, mean, count])).toEqual([
      ['cdam', -1, 4],
      ['ledger', expect.closeTo(5 / 3, 12), 3],
    ]);
    expect(area?.cells[0]).toMatchObject({ low: -1, high: -1 });
    expect(area?.cells[1]).toMatchObject({ low: expect.closeTo(1, 12), high: expect.closeTo(2, 12) });
    expect(compact?.cells).toEqual(['cdam', 'ledger'].map((method) => ({ method, mean: null, low: null, high: null, count: 0 })));
  });

  it('is a section of the report, in Markdown and on the page, with nothing marked as best', () => {
    const markdown = markdownReport(report);
    const section = markdown.slice(markdown.indexOf('## Differences to relevance'), markdown.indexOf('## What it cost'));
    expect(section).toContain(
      '| method | area-drop ↑ |\n| --- | --- |\n| cdam | -1.00 [-1.00, -1.00] (4) |\n| ledger | +1.67 [+1.00, +2.00] (3) |',
    );
    expect(section).toContain('| cdam | – |');
    expect(section).not.toContain('**');
    const page = htmlReport(report, []);
    expect(page).toContain('<h2>Differences to relevance</h2>');
    expect(page).toContain('<td>+1.67 <small>[+1.00, +2.00] (3)</small></td>');
    expect(markdownReport(summarise(settings, records))).not.toContain('Differences');
  });

  it('stands beside the count of the pictures that have no number', () => {
    expect(missingLines(report)).toEqual([
      'relevance: 4 of 4 pictures have no number of gini',
      'ledger: 1 of 4 pictures have no number of area-drop',
    ]);
    expect(markdownReport(report)).toContain('## What is missing\n\n- relevance: 4 of 4');
  });

  it('writes differences with their sign', () => {
    expect([0.4567, -0.4567, 0, -0.00012].map(signedNumber)).toEqual(['+0.457', '-0.457', '0', '0.000']);
  });
});
