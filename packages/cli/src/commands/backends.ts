/**
 * `cdam backends`: which backends work on this machine, and which one `auto` takes.
 */
import { availableParallelism } from 'node:os';
import type { AdapterDescription } from '@cdam/kernels/node';
import { Command } from 'commander';
import { chooseBackend, findWebGpu, PROBE, probeWebGpu } from '../backends.ts';
import { Console } from '../console.ts';

/** Features of WebGPU that the kernels can use. */
const USEFUL = ['shader-f16', 'subgroups', 'timestamp-query'];

/** The command `cdam backends`. */
export function backendsCommand(): Command {
  return new Command('backends').description('which backends work on this machine, and which one auto takes').action(async () => {
    const console = new Console({ quiet: false });
    const offer = await findWebGpu();
    console.line('reference  plain TypeScript on the CPU, always there, slow');
    console.line(`wasm       WebAssembly SIMD on the CPU, up to ${availableParallelism()} threads`);
    if ('missing' in offer) console.line(`webgpu     none: ${offer.missing}`);
    else for (const line of describe(offer.adapter)) console.line(line);
    const { choice, why } = chooseBackend(offer);
    console.line(`auto takes ${choice}: ${why}`);
  });
}

/** The hidden command that `findWebGpu` starts; it prints a WebGpuOffer as JSON. */
export function probeCommand(): Command {
  return new Command(PROBE).action(async () => new Console({ quiet: false }).data(JSON.stringify(await probeWebGpu())));
}

function describe({ name, software, features, limits }: AdapterDescription): string[] {
  const size = (bytes: number | undefined): string => (bytes === undefined ? 'unknown' : `${Math.floor(bytes / 2 ** 20)} MiB`);
  return [
    `webgpu     ${name}, ${software ? 'a software driver that computes on the CPU' : 'a GPU'}`,
    `           buffers up to ${size(limits.maxBufferSize)}, bindings up to ${size(limits.maxStorageBufferBindingSize)}`,
    `           features: ${USEFUL.filter((feature) => features.includes(feature)).join(', ') || 'none that matter here'}`,
  ];
}
