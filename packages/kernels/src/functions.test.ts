/**
 * That both backends have every activation of the contract, and its derivative. Whoever adds one is told here where it is missing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIVATIONS } from '@cdam/tensor';
import { describe, expect, test } from 'vitest';

const files = {
  'webgpu/elementwise/functions.wgsl': /^fn (\w+)\(x: f32\) -> f32/gm,
  'wasm/assembly/functions.ts': /^export function (\w+)\(x: v128\): v128/gm,
};

describe.each(Object.entries(files))('%s', (file, pattern) => {
  const source = readFileSync(join(import.meta.dirname, file), 'utf8');
  const names = Array.from(source.matchAll(pattern), ([, name]) => name);

  test.each(ACTIVATIONS.flatMap((name) => [name, `${name}Gradient`]))('has the function %s', (name) => {
    expect(names, `${file} has no function ${name}`).toContain(name);
  });
});
