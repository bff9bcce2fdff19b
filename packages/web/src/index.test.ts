/** On a server there are no elements: the package is imported all the same, and defines nothing. */
import { expect, it } from 'vitest';
import * as definition from './define.ts';
import * as entry from './index.ts';

it('is imported where there is no HTMLElement', () => {
  expect(typeof HTMLElement).toBe('undefined');
  expect(entry.CdamMap.name).toBe('CdamMap');
  expect(definition.CdamMap).toBe(entry.CdamMap);
  expect(entry.CdamMap.observedAttributes).toContain('basis');
});
