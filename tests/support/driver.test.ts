/** The tests have the WebGPU driver that they should use, and fail with a clear error when it is missing. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { driverName } from '../../scripts/webgpu-driver.mjs';
import { adapterName } from './driver.ts';

const scripts = join(import.meta.dirname, '../../scripts');

test('Dawn has an adapter of the chosen driver', async () => {
  const expected: Record<string, RegExp> = { swiftshader: /swiftshader/i, lavapipe: /llvmpipe/i };
  expect(await adapterName()).toMatch(expected[driverName()] ?? /\S/);
});

test('a driver that does not exist is an error that names the choices', () => {
  const program = join(scripts, 'with-driver.mjs');
  const { status, stderr } = spawnSync(process.execPath, [program, 'node', '--version'], {
    encoding: 'utf8',
    env: { ...process.env, CDAM_TEST_DRIVER: '/no/such/icd.json' },
  });
  expect(status).toBe(1);
  expect(stderr).toContain('CDAM_TEST_DRIVER=/no/such/icd.json: give swiftshader, lavapipe, system or the path');
});

test('a command started with the driver gets its arguments and passes its exit code on', () => {
  const program = join(scripts, 'with-driver.mjs');
  const script = 'process.stdout.write(process.argv[1]); process.exit(7)';
  const { status, stdout } = spawnSync(process.execPath, [program, 'node', '-e', script, 'an argument'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 7, stdout: 'an argument' });
});
