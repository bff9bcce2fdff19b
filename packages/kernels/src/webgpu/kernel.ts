/**
 * What a kernel is: one WGSL file and a description of its bindings. A folder of kernels holds, for each, `name.wgsl` and a small
 * `name.ts` that defines the kernel and a function which dispatches it.
 *
 * All kernels bind alike, in group 0: the uniform block at binding 0, then the read-only storage buffers, then the read_write ones.
 */
import type { Storage } from '@cdam/tensor';
import { TensorError } from '@cdam/tensor';

/** Types that a member of a uniform block may have. A `vec4u` is four u32 and begins at a multiple of 16 bytes. */
export type UniformType = 'u32' | 'i32' | 'f32' | 'vec4u';

/** The members of a uniform block, in the order of the WGSL struct. */
export type UniformLayout = Readonly<Record<string, UniformType>>;

/** One value for each member of a uniform block. */
export type UniformValues<L extends UniformLayout> = {
  readonly [K in keyof L]: L[K] extends 'vec4u' ? readonly [number, number, number, number] : number;
};

/** A compute shader with the entry point `main` and what it binds. Made by `defineKernel`. */
export interface Kernel<L extends UniformLayout = UniformLayout> {
  /** Labels every GPU object made for it and begins every error message. */
  readonly name: string;
  /** WGSL that compiles as it stands. */
  readonly source: string;
  /** Number of read-only storage buffers, at bindings 1, 2, … */
  readonly inputs: number;
  /** Number of read_write storage buffers, at the bindings that follow. */
  readonly outputs: number;
  readonly uniforms: L;
}

/** Values of a kernel's `override` constants. */
export type Constants = Readonly<Record<string, number>>;

/**
 * Texts for a kernel's slots. A slot is the lines between `//#slot NAME` and `//#end`; what stands there in the file is the
 * default that makes it compile alone.
 */
export type Slots = Readonly<Record<string, string>>;

/** Number of workgroups along x, y and z. */
export type Workgroups = readonly [number, number, number];

/** One execution of a kernel. */
export interface Dispatch<L extends UniformLayout = UniformLayout> {
  readonly uniforms: UniformValues<L>;
  readonly inputs: readonly Storage[];
  /** Which of the inputs the shader reads as they are kept, though that be in half precision; others are widened for it. */
  readonly keptInputs?: readonly number[];
  /** Written, or read and written. None may also be an input. */
  readonly outputs: readonly Storage[];
  readonly workgroups: Workgroups;
  readonly constants?: Constants;
  readonly slots?: Slots;
  /** Told beside the kernel's name when it is profiled, such as a shape that its cost depends on. */
  readonly detail?: string;
}

/** Bytes of a uniform slot: WebGPU's default alignment of dynamic offsets, and the limit of a kernel's uniform block. */
export const UNIFORM_SLOT = 256;

/** Describes a kernel. Throws a `TensorError` when its uniform block is larger than 256 bytes. */
export function defineKernel<const L extends UniformLayout>(kernel: Kernel<L>): Kernel<L> {
  if (uniformBytes(kernel.uniforms) > UNIFORM_SLOT) {
    throw new TensorError('backend', `${kernel.name}: its uniform block is larger than ${UNIFORM_SLOT} bytes`);
  }
  return kernel;
}

function align(offset: number, type: UniformType): number {
  return type === 'vec4u' ? Math.ceil(offset / 16) * 16 : offset;
}

function uniformBytes(layout: UniformLayout): number {
  return Object.values(layout).reduce((offset, type) => align(offset, type) + (type === 'vec4u' ? 16 : 4), 0);
}

/** Writes values as the WGSL struct lays them out, beginning at byte `offset` of `target`. */
export function packUniforms<L extends UniformLayout>(kernel: Kernel<L>, values: UniformValues<L>, target: DataView, offset: number): void {
  let at = 0;
  for (const [name, type] of Object.entries(kernel.uniforms)) {
    at = align(at, type);
    const value: number | readonly number[] | undefined = values[name];
    for (const word of typeof value === 'number' ? [value] : (value ?? [])) {
      if (type === 'f32') target.setFloat32(offset + at, word, true);
      else if (type === 'i32') target.setInt32(offset + at, word, true);
      else target.setUint32(offset + at, word, true);
      at += 4;
    }
  }
}

/** The source with the given slots filled. Throws a `TensorError` when the kernel has no slot of that name. */
export function fillSlots(kernel: Kernel, slots: Slots): string {
  let source = kernel.source;
  for (const [name, text] of Object.entries(slots)) {
    const begin = source.indexOf(`//#slot ${name}\n`);
    const end = source.indexOf('//#end', begin);
    if (begin < 0 || end < 0) throw new TensorError('backend', `${kernel.name}: the shader has no slot ${name}`);
    source = `${source.slice(0, begin)}${text}\n${source.slice(end + '//#end'.length)}`;
  }
  return source;
}
