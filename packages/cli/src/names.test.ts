/** A name that does not exist brings the nearest one. */
import { expect, test } from 'vitest';
import { methodCalled, metricCalled } from './names.ts';

test.each([
  [() => methodCalled('leger'), 'there is no method "leger"; did you mean ledger? there are cdam, '],
  [() => methodCalled('cdm'), 'there is no method "cdm"; did you mean cdam? there are cdam, '],
  [() => metricCalled('sacco'), 'there is no metric "sacco"; did you mean saco? there are '],
  [() => methodCalled('zzzzzz'), 'there is no method "zzzzzz"; there are cdam, '],
])('%s', (find, message) => {
  expect(find).toThrow(message);
});

test('a name that exists is found', () => {
  expect([methodCalled('ledger').name, metricCalled('saco').name]).toEqual(['ledger', 'saco']);
});
