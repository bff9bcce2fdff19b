/**
 * Chooses and opens a backend. `auto` takes WebGPU on a real GPU, and WebAssembly elsewhere, since a WebGPU driver that computes on the CPU
 * is slower. `webgpu` takes any adapter.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type AdapterDescription, describeNodeAdapter, type KernelTime, openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';
import type { WeightPrecision } from '@cdam/vit';
import { CliError, describeError } from './errors.ts';
import { commandPath } from './package.ts';

/** The values of `--backend`. */
export const backendChoices = ['auto', 'webgpu', 'wasm', 'reference'] as const;

/** One of the values of `--backend`. */
export type BackendChoice = (typeof backendChoices)[number];

/** The name of the hidden command that looks for WebGPU. */
export const PROBE = 'probe-webgpu';

/** How long to look for a driver, in milliseconds. */
const PROBE_TIMEOUT = 60_000;

/** The WebGPU adapter of this machine, or the reason why there is none. */
export type WebGpuOffer = { readonly adapter: AdapterDescription } | { readonly missing: string };

/**
 * Looks for a WebGPU adapter in another process. Dawn and the drivers write warnings to stderr, and a broken driver may end the whole
 * process, so neither should happen in the process of the command.
 */
export async function findWebGpu(): Promise<WebGpuOffer> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [commandPath(), PROBE], { timeout: PROBE_TIMEOUT });
    return JSON.parse(stdout) as WebGpuOffer;
  } catch (error) {
    const signal = error instanceof Error && 'signal' in error ? error.signal : undefined;
    return { missing: `the search for WebGPU failed (${signal ?? describeError(error)})` };
  }
}

/** Looks for a WebGPU adapter in this process, which `findWebGpu` has started. */
export async function probeWebGpu(): Promise<WebGpuOffer> {
  try {
    return { adapter: await describeNodeAdapter({ half: true }) };
  } catch (error) {
    return { missing: describeError(error) };
  }
}

/** The backend that `auto` takes, and why, as a clause. */
export function chooseBackend(offer: WebGpuOffer): { readonly choice: 'webgpu' | 'wasm'; readonly why: string } {
  if ('missing' in offer) return { choice: 'wasm', why: offer.missing.replace(/:.*$/, '') };
  if (offer.adapter.software) return { choice: 'wasm', why: `the only WebGPU adapter, ${offer.adapter.name}, computes on the CPU` };
  return { choice: 'webgpu', why: `${offer.adapter.name} is a GPU` };
}

/** A backend that is open. */
export interface OpenedBackend {
  readonly backend: Backend;
  /** Why `auto` chose it; undefined for a backend that was named. */
  readonly why: string | undefined;
  /** The times of its kernels since the last call; undefined when it cannot measure them, or when they are not needed. */
  readonly kernelTimes?: (() => Promise<KernelTime[]>) | undefined;
}

/** What the backend must be able to do. */
export interface BackendNeeds {
  /** It should measure the times of its kernels, if it can. */
  readonly profile?: boolean | undefined;
  /** The precision of the weights. */
  readonly weights?: WeightPrecision | undefined;
}

/**
 * Opens a backend.
 * @throws CliError `usage` when `webgpu` is wanted and there is no adapter, or when weights in f16 are wanted and the backend or the
 *   adapter cannot keep them
 */
export async function openBackend(wanted: BackendChoice, needs: BackendNeeds = {}): Promise<OpenedBackend> {
  if (wanted === 'reference' || wanted === 'wasm') {
    checkWeights(wanted, needs);
    return { backend: wanted === 'wasm' ? await openWasm() : createReferenceBackend(), why: undefined };
  }
  return await openOffered(wanted, await findWebGpu(), needs);
}

/** Opens a backend when it is known whether there is an adapter. Throws as `openBackend` does. */
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
  if (weights === 'f16') throw new CliError('usage', `--weights f16: the backend ${backend} has only f32; use --backend webgpu`);
}

async function openOffer(
  { name, features }: AdapterDescription,
  { profile = false, weights }: BackendNeeds,
): Promise<Pick<OpenedBackend, 'backend' | 'kernelTimes'>> {
  const half = weights === 'f16';
  if (half && !features.includes('shader-f16'))
    throw new CliError('usage', `--weights f16: ${name} has no shader-f16; leave the option out`);
  if (!profile || !features.includes('timestamp-query')) return { backend: await openWebGpuNode({ half }) };
  const backend = await openWebGpuNode({ profile, half });
  return { backend, kernelTimes: () => backend.profile() };
}
