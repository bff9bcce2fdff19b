/**
 * The WebGPU adapter of the tests. A machine without one has to fail the tests that need it: a skipped test would say nothing
 * about the kernels and look like success.
 */
import { create } from 'webgpu';
import { driverName } from '../../scripts/webgpu-driver.mjs';

/**
 * Names the adapter that Dawn offers under the chosen driver: vendor, architecture, description.
 * @throws Error that says how to get a driver, when there is no adapter
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
