/**
 * Opening a device, and describing its adapter.
 */
import { TensorError } from '@cdam/tensor';
import { messageOf } from './errors.ts';

/** What an adapter is: for people, and for choosing between backends. */
export interface AdapterDescription {
  /** One line, such as `NVIDIA H200 (ampere)`. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** The driver's own words. */
  readonly description: string;
  /** Whether it computes on the CPU, which is slow but gives the same results. */
  readonly software: boolean;
  readonly features: readonly string[];
  /** The limits that decide which kernels fit. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Limits for which all that the adapter has is asked; WebGPU would give its defaults. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Features that are asked for where the adapter has them. */
const FEATURES: readonly GPUFeatureName[] = ['subgroups', 'timestamp-query'];

/** The feature that half precision needs. It is asked for only when the caller wants it. */
export const HALF = 'shader-f16';

/** Names of drivers that compute on the CPU, as they stand in an adapter's information. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/** Whether an adapter computes on the CPU. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

/** One line that names an adapter: the driver's description, or the vendor and architecture, which is all that a browser reveals. */
export function adapterName(info: GPUAdapterInfo): string {
  const family = [info.vendor, info.architecture].filter((part) => part !== '').join(' ');
  const name = info.description || info.device;
  if (name === '') return family === '' ? 'unknown adapter' : family;
  return family === '' ? name : `${name} (${family})`;
}

/** Describes an adapter. */
export function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  const { info, limits } = adapter;
  return {
    name: adapterName(info),
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: isSoftware(info),
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(LIMITS.map((limit) => [limit, limits[limit]])),
  };
}

/** Finds an adapter. Throws a `TensorError` when there is none. */
export async function requestAdapter(gpu: GPU, options: GPURequestAdapterOptions): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) {
    throw new TensorError(
      'backend',
      'WebGPU found no graphics adapter: install a driver for Vulkan, Metal or Direct3D 12, or use the reference backend',
    );
  }
  return adapter;
}

/**
 * A device with all features and limits of the adapter that kernels can use. Throws a `TensorError` when the adapter refuses, or when
 * half precision is wanted and it has none.
 */
export async function requestDevice(adapter: GPUAdapter, defaultLimits: boolean, half = false): Promise<GPUDevice> {
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  if (half) {
    if (!adapter.features.has(HALF)) {
      throw new TensorError(
        'backend',
        `the adapter ${adapterName(adapter.info)} has no half precision (${HALF}): open it without { half: true }, and keep weights in f32`,
      );
    }
    requiredFeatures.push(HALF);
  }
  const requiredLimits = defaultLimits ? {} : Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  try {
    return await adapter.requestDevice({ label: 'cdam', requiredFeatures, requiredLimits });
  } catch (cause) {
    throw new TensorError('backend', `the adapter ${adapterName(adapter.info)} gave no WebGPU device: ${messageOf(cause)}`, { cause });
  }
}
