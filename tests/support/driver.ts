/**
 * The WebGPU adapter of the tests. Without an adapter the tests that need it must fail: skipped tests would look like success and say
 * nothing about the kernels.
 */
import { create } from 'webgpu';
import { driverName } from '../../scripts/webgpu-driver.mjs';

/**
 * The adapter that Dawn has with the chosen driver: vendor, architecture, description.
 * @throws Error when there is no adapter, which says how to get a driver
 */
export async function adapterName(): Promise<string> {
  const adapter = await create([]).requestAdapter();
  if (!adapter) throw new Error(missingAdapter(driverName()));
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter((part) => part !== '').join(', ');
}

function missingAdapter(driver: string): string {
  const started = `VK_ICD_FILENAMES=${process.env.VK_ICD_FILENAMES ?? ''} LD_LIBRARY_PATH=${process.env.LD_LIBRARY_PATH ?? ''}`;
  return (
    `WebGPU: no adapter with CDAM_TEST_DRIVER=${driver} (${started}). ` +
    'Start the tests with `npm test` or `npx vitest run`, and leave CDAM_TEST_DRIVER unset to compute on the bundled SwiftShader.'
  );
}
