/** What a page loads to explain pictures on WebGPU. */
import { openWebGpu } from '@cdam/kernels';
import { explain } from './explanation.ts';

const canvas = document.querySelector('canvas');
if (canvas !== null) await explain(await openWebGpu(), canvas);
