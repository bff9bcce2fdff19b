/** A record is read back as it was written, and damaged records are found. */
import { describe, expect, it } from 'vitest';
import { type ImageRecord, parseRecords, recordLine } from './records.ts';

function recordOf(index: number): ImageRecord {
  return {
    index,
    file: `${index}.png`,
    backend: 'reference (plain)',
    target: 2,
    targetLabel: 'tabby',
    predicted: 2,
    label: null,
    values: { gini: { cdam: 0.5, random: null } },
    milliseconds: { look: 1, methods: { cdam: 2 }, metrics: {} },
    problems: ['random: every score is zero'],
  };
}

describe('records', () => {
  it('come back from their lines, in the order of the pictures', () => {
    const text = [2, 0, 1].map((index) => recordLine(recordOf(index))).join('');
    expect(parseRecords(text, 'kept')).toEqual({ records: [0, 1, 2].map(recordOf), whole: true });
    expect(parseRecords('', 'kept')).toEqual({ records: [], whole: true });
  });

  it('without their last line, if it was cut short, are said not to be whole', () => {
    const [first, second] = [recordLine(recordOf(0)), recordLine(recordOf(1))];
    expect(parseRecords(first + second.slice(0, 40), 'kept')).toEqual({ records: [recordOf(0)], whole: false });
    expect(parseRecords(first + second.trimEnd(), 'kept')).toEqual({ records: [recordOf(0), recordOf(1)], whole: false });
  });

  it.each([
    ['a number where text belongs', { file: 7 }],
    ['text where a number belongs', { target: 'tabby' }],
    ['values that are not a table', { values: { gini: 0.5 } }],
    ['a time that is not a number', { milliseconds: { look: 1, methods: { cdam: null }, metrics: {} } }],
    ['problems that are not texts', { problems: [1] }],
  ])('with %s are damaged, and the line is named', (_, change) => {
    const damaged = `${JSON.stringify({ ...recordOf(1), ...change })}\n`;
    const text = recordLine(recordOf(0)) + damaged + recordLine(recordOf(2));
    const error = { code: 'record', message: 'kept: line 2 is damaged; remove it' };
    expect(() => parseRecords(text, 'kept')).toThrow(expect.objectContaining(error));
  });
});
