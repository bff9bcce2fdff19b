/**
 * Which backend computes. `auto` wants to be fast and never surprising: it takes a real GPU, and where there is none WebAssembly,
 * since a WebGPU driver that computes on the CPU is a detour. Who asks for `webgpu` gets whatever adapter there is.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type AdapterDescription, describeNodeAdapter, type KernelTime, openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';
import type { WeightPrecision } from '@cdam/vit';
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
    return { adapter: await describeNodeAdapter({ half: true }) };
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

/** What a backend is wanted for. */
export interface BackendNeeds {
  /** It shall tell what its kernels cost, if it can. */
  readonly profile?: boolean | undefined;
  /** It must keep weights so. */
  readonly weights?: WeightPrecision | undefined;
}

/**
 * Opens a backend.
 * @throws CliError `usage` when `webgpu` was asked for and there is no adapter, or when weights in f16 were and the backend or the
 *   adapter cannot keep them
 */
export async function openBackend(wanted: BackendChoice, needs: BackendNeeds = {}): Promise<OpenedBackend> {
  if (wanted === 'reference' || wanted === 'wasm') {
    checkWeights(wanted, needs);
    return { backend: wanted === 'wasm' ? await openWasm() : createReferenceBackend(), why: undefined };
  }
  return await openOffered(wanted, await findWebGpu(), needs);
}

/** Opens what was asked for, of what WebGPU offers. Throws as `openBackend` does. */
export async function openOffered(wanted: 'auto' | 'webgpu', offer: WebGpuOffer, needs: BackendNeeds): Promise<OpenedBackend> {
  if (wanted === 'webgpu') {
    if ('missing' in offer) throw new CliError('usage', `--backend webgpu: ${offer.missing}`);
    return { ...(await openOffer(offer.adapter, needs)), why: undefined };
  }
  const { choice, why } = chooseBackend(offer);
  if (choice === 'webgpu' && 'adapter' in offer) return { ...(await openOffer(offer.adapter, needs)), why };
  if (needs.weights === 'f16') throw new CliError('usage', `--weights f16 needs a GPU, and there is none: ${why}`);
  return { backend: await openWasm(), why };
}

function checkWeights(backend: string, { weights }: BackendNeeds): void {
  if (weights === 'f16') throw new CliError('usage', `--weights f16: the backend ${backend} keeps them in f32; use --backend webgpu`);
}

async function openOffer(
  { name, features }: AdapterDescription,
  { profile = false, weights }: BackendNeeds,
): Promise<Pick<OpenedBackend, 'backend' | 'kernelTimes'>> {
  const half = weights === 'f16';
  if (half && !features.includes('shader-f16'))
    throw new CliError('usage', `--weights f16: ${name} has no shader-f16; leave the option away`);
  if (!profile || !features.includes('timestamp-query')) return { backend: await openWebGpuNode({ half }) };
  const backend = await openWebGpuNode({ profile, half });
  return { backend, kernelTimes: () => backend.profile() };
}
