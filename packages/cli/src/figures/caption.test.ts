/** Captions say which numbers a map explains, and keep the number of a class where its name is too long. */
import type { TokenMap } from 'cdam';
import { expect, test } from 'vitest';
import { standingOf } from '../standing.ts';
import { textWidth } from './canvas.ts';
import { caption, fitTitle } from './figure.ts';

const predictions = [
  { index: 2, label: 'tabby, tabby cat', logit: 7.83, probability: 0.4 },
  { index: 3, label: 'espresso', logit: 7.95, probability: 0.45 },
];
const similarities = new Map([['stripes', { kind: 'cosine', value: 0.3127 } as const]]);

function detailsOf(target: TokenMap['target'], from: TokenMap['from']): readonly string[] {
  const map: TokenMap = { method: 'ledger', target, from, grid: [1, 1], scores: new Float32Array(1) };
  return caption(map, standingOf(map, predictions, similarities)).details;
}

test('a class against another has both numbers and their difference', () => {
  const pair = { kind: 'class', index: 2, label: 'tabby, tabby cat against espresso', versus: 3 } as const;
  expect(detailsOf(pair, 'logit')).toEqual(['classes 2, 3, logit 7.83 - 7.95 = -0.12', 'ledger from the logit']);
  expect(detailsOf(pair, 'probability')).toEqual(['classes 2, 3, probability 0.400 - 0.450 = -0.050', 'ledger from the probability']);
  expect(detailsOf(pair, 'log-odds')).toEqual(['classes 2, 3, logits 7.83 and 7.95', 'ledger from the log-odds']);
});

test('a class has its logit, and a concept its similarity', () => {
  expect(detailsOf({ kind: 'class', index: 2, label: 'tabby, tabby cat' }, 'logit')[0]).toBe('class 2, logit 7.83');
  expect(detailsOf({ kind: 'concept', name: 'stripes' }, undefined)).toEqual(['concept, cosine 0.313', 'ledger']);
});

test.each([
  ['tabby, tabby cat', ': 40.0 %', 30, 'tabby, tabby cat: 40.0 %'],
  ['tabby, tabby cat', ': 40.0 %', 20, 'tabby: 40.0 %'],
  ['black-footed ferret', ': 40.0 %', 22, 'black-foot...: 40.0 %'],
  ['tabby, tabby cat against espresso, coffee', '', 30, 'tabby against espresso'],
  ['black-footed ferret against black-footed rabbit', '', 34, 'black-foo... against black-foo...'],
])('%s%s in %i letters', (name, number, letters, expected) => {
  const room = textWidth('x'.repeat(letters), 3);
  const title = fitTitle({ name, number }, 3, room);
  expect(title).toBe(expected);
  expect(textWidth(title, 3)).toBeLessThanOrEqual(room);
});
