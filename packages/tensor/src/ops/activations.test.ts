import { describe, expect, it } from 'vitest';
import * as library from '../index.ts';
import { ACTIVATIONS, activate, createReferenceBackend, type Tensor, tensor } from '../index.ts';

describe.each(ACTIVATIONS)('the activation %s of the list in backend.ts', (name) => {
  const op: unknown = Object.entries(library).find(([exported]) => exported === name)?.[1];

  it('is exported as a function by ops/activations.ts and index.ts', () => {
    expect(op, `ops/activations.ts and index.ts lack the function ${name}`).toBeTypeOf('function');
  });

  it('does by its own function what it does by its name', () => {
    const x = tensor(createReferenceBackend(), [-3, -0.5, 0, 0.5, 3]);
    expect(String((op as (x: Tensor) => Tensor)(x))).toBe(String(activate(x, name)));
  });
});
