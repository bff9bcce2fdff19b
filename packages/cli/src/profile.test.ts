import { expect, test } from 'vitest';
import { profileLines } from './profile.ts';

const times = { first: { preprocess: 12, backbone: 900.04, maps: 30 }, steady: { preprocess: 10, backbone: 100, maps: 3.25 } };

test('each stage has the times of the first run and of the steady state', () => {
  const lines = profileLines({ ...times, kernels: undefined });
  expect(
    lines
      .find((line) => line.startsWith('backbone'))
      ?.trim()
      .split(/\s+/),
  ).toEqual(['backbone', '900.0', '100.0']);
  expect(lines.at(-1)).toContain('no timestamps');
});

test('kernels are listed with their calls and their share of the time', () => {
  const kernels = [
    { kernel: 'matmul 197×192×768', calls: 12, milliseconds: 7.5 },
    { kernel: 'layer-norm', calls: 25, milliseconds: 2.5 },
  ];
  const lines = profileLines({ ...times, kernels });
  expect(lines.find((line) => line.startsWith('matmul'))).toMatch(/^matmul 197×192×768\s+12\s+7\.50\s+75\.0 %$/);
  expect(lines.find((line) => line.startsWith('all'))).toMatch(/^all\s+37\s+10\.00\s*$/);
});
