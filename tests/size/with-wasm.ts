/** What a page loads to explain pictures on WebGPU where there is one, and on WebAssembly elsewhere. */
import { openWebGpu } from '@cdam/kernels';
import { openWasm } from '@cdam/kernels/wasm';
import { explain } from './explanation.ts';

const canvas = document.querySelector('canvas');
if (canvas !== null) await explain(await openWebGpu().catch(() => openWasm()), canvas);
