/** That a caller's own options reach Dawn beside ours. */
import { expect, test } from 'vitest';
import { mergeDawnOptions } from './dawn-options.ts';

test('a caller’s features are added to ours, and not put in their place', () => {
  const ours = ['disable-dawn-features=timestamp_quantization', 'enable-dawn-features=allow_unsafe_apis,use_vulkan_memory_model'];
  expect(mergeDawnOptions([...ours, 'enable-dawn-features=allow_unsafe_apis,dump_shaders', 'backend=vulkan'])).toEqual([
    'disable-dawn-features=timestamp_quantization',
    'enable-dawn-features=allow_unsafe_apis,use_vulkan_memory_model,dump_shaders',
    'backend=vulkan',
  ]);
});

test('other options are left as they are', () => {
  const options = ['adapter=Some GPU, 2 = two', 'backend=vulkan', 'verbose'];
  expect(mergeDawnOptions(options)).toEqual(options);
});
