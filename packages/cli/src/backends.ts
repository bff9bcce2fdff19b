/**
 * Which backend computes. `auto` wants to be fast and never surprising: it takes a real GPU, and where there is none WebAssembly,
 * since a WebGPU driver that computes on the CPU is a detour. Who asks for `webgpu` gets whatever adapter there is.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type AdapterDescription, describeNodeAdapter, type KernelTime, openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';
import { CliError, describeError } from './errors.ts';
import { commandPath } from './package.ts';

export const backendChoices = ['auto', 'webgpu', 'wasm', 'reference'] as const;

export type BackendChoice = (typeof backendChoices)[number];

/** The hidden command that looks for WebGPU. */
export const PROBE = 'probe-webgpu';

/** In milliseconds. A driver that takes longer to be found is of no use. */
const PROBE_TIMEOUT = 60_000;

/** What WebGPU offers on this machine: an adapter, or the reason why there is none. */
export type WebGpuOffer = { readonly adapter: AdapterDescription } | { readonly missing: string };

/**
 * Looks for a WebGPU adapter in a process of its own. Dawn and the drivers write warnings about what a machine lacks straight to
 * stderr, and a broken driver may take the whole process down: neither is for a person who only wanted to see a picture explained.
 */
export async function findWebGpu(): Promise<WebGpuOffer> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [commandPath(), PROBE], { timeout: PROBE_TIMEOUT });
    return JSON.parse(stdout) as WebGpuOffer;
  } catch (error) {
    const signal = error instanceof Error && 'signal' in error ? error.signal : undefined;
    return { missing: `looking for WebGPU ended badly (${signal ?? describeError(error)})` };
  }
}

/** The command that `findWebGpu` starts: it prints a WebGpuOffer as JSON. */
export async function probeWebGpu(): Promise<WebGpuOffer> {
  try {
    return { adapter: await describeNodeAdapter() };
  } catch (error) {
    return { missing: describeError(error) };
  }
}

/** What `auto` takes, and why, as the end of a sentence. */
export function chooseBackend(offer: WebGpuOffer): { readonly choice: 'webgpu' | 'wasm'; readonly why: string } {
  if ('missing' in offer) return { choice: 'wasm', why: offer.missing.replace(/:.*$/, '') };
  if (offer.adapter.software) return { choice: 'wasm', why: `the only WebGPU adapter, ${offer.adapter.name}, computes on the CPU` };
  return { choice: 'webgpu', why: `${offer.adapter.name} is a GPU` };
}

/** A backend that is open, and why it is this one where `auto` chose it. */
export interface OpenedBackend {
  readonly backend: Backend;
  readonly why: string | undefined;
  /** What its kernels cost since the last call; undefined where it cannot tell, or where nobody asked for it. */
  readonly kernelTimes?: (() => Promise<KernelTime[]>) | undefined;
}

/**
 * Opens a backend.
 * @param profile it shall tell what its kernels cost, if it can
 * @throws CliError `usage` when `webgpu` was asked for and there is no adapter
 */
export async function openBackend(wanted: BackendChoice, profile = false): Promise<OpenedBackend> {
  if (wanted === 'reference') return { backend: createReferenceBackend(), why: undefined };
  if (wanted === 'wasm') return { backend: await openWasm(), why: undefined };
  const offer = await findWebGpu();
  if (wanted === 'webgpu') {
    if ('missing' in offer) throw new CliError('usage', `--backend webgpu: ${offer.missing}`);
    return { ...(await openOffer(offer.adapter, profile)), why: undefined };
  }
  const { choice, why } = chooseBackend(offer);
  if (choice === 'webgpu' && 'adapter' in offer) return { ...(await openOffer(offer.adapter, profile)), why };
  return { backend: await openWasm(), why };
}

async function openOffer({ features }: AdapterDescription, profile: boolean): Promise<Pick<OpenedBackend, 'backend' | 'kernelTimes'>> {
  if (!profile || !features.includes('timestamp-query')) return { backend: await openWebGpuNode() };
  const backend = await openWebGpuNode({ profile });
  return { backend, kernelTimes: () => backend.profile() };
}
