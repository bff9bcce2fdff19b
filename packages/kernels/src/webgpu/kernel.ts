/**
 * What a kernel is: one WGSL file and a description of what TypeScript must know of it. A folder of kernels holds, for each, `name.wgsl`
 * and a small `.ts` file that defines the kernel and has the function which dispatches it.
 *
 * All kernels bind alike, in group 0: the uniform block at binding 0, then the read-only storage buffers, then the read_write ones.
 * A test reads every `.wgsl` file and compares it with its description, name by name (kernels.test.ts).
 */
import type { Storage } from '@cdam/tensor';
import { TensorError } from '@cdam/tensor';
import { AXES } from '../shared-numbers.ts';

/** Types that a member of a uniform block may have, as WGSL calls them. The arrays hold eight numbers: one for each axis of a walk. */
export type UniformType = 'u32' | 'f32' | 'array<vec4u, 2>' | 'array<vec4i, 2>';

/** The members of a uniform block, in the order of the WGSL struct `Params`. */
export type UniformLayout = Readonly<Record<string, UniformType>>;

/** One value for each member of a uniform block. An array may be given fewer than eight numbers; the others become 0. */
export type UniformValues<L extends UniformLayout> = {
  readonly [Name in keyof L]: L[Name] extends 'u32' | 'f32' ? number : readonly number[];
};

/** A compute shader with the entry point `main` and what it binds. Made by `defineKernel`. */
export interface Kernel {
  /** The name of its file. It labels every GPU object made for the kernel and begins every error message. */
  readonly name: string;
  /** WGSL that compiles as it stands. */
  readonly source: string;
  readonly uniforms: UniformLayout;
  /** Names of the read-only storage buffers, at bindings 1, 2, … */
  readonly inputs: readonly string[];
  /** Names of the read_write storage buffers, at the bindings that follow. */
  readonly outputs: readonly string[];
  /** Names of its `override` constants: every dispatch gives a value for each. */
  readonly constants?: readonly string[];
  /** Its `const` constants that TypeScript counts with, such as the size of a workgroup. */
  readonly fixed?: Readonly<Record<string, number>>;
  /**
   * Names of its slots. A slot is the lines between `//#slot NAME` and `//#end`. A dispatch may put another text in their place; with
   * the lines of the file, the shader compiles alone.
   */
  readonly slots?: readonly string[];
}

/** Values of `override` constants; a boolean is 0 or 1. */
export type Constants = Readonly<Record<string, number>>;

/** Texts for slots. */
export type Slots = Readonly<Record<string, string>>;

/** Number of workgroups along x, y and z. */
export type Workgroups = readonly [number, number, number];

/** Values of a uniform block whose layout the compiler does not know. */
export type AnyUniforms = Readonly<Record<string, number | readonly number[]>>;

/** One execution of a kernel whose names the compiler does not know. */
export interface AnyDispatch {
  readonly uniforms: AnyUniforms;
  readonly inputs: Readonly<Record<string, Storage>>;
  readonly keptInputs?: readonly string[];
  readonly outputs: Readonly<Record<string, Storage>>;
  readonly workgroups: Workgroups;
  readonly constants?: Constants;
  readonly slots?: Slots;
  readonly detail?: string;
}

/** One execution of a kernel. */
export type Dispatch<K extends Kernel> = {
  readonly uniforms: UniformValues<K['uniforms']>;
  readonly inputs: Readonly<Record<K['inputs'][number], Storage>>;
  /** Inputs that the shader can read in half precision, if they are kept so. All others are widened to 32 bits before. */
  readonly keptInputs?: readonly K['inputs'][number][];
  /** Written, or read and written. None may also be an input. */
  readonly outputs: Readonly<Record<K['outputs'][number], Storage>>;
  readonly workgroups: Workgroups;
  readonly slots?: K extends { readonly slots: readonly (infer Name extends string)[] }
    ? Readonly<Partial<Record<Name, string>>>
    : undefined;
  /** What a profile says beside the kernel's name, for instance a shape on which the cost depends. */
  readonly detail?: string;
} & (K extends { readonly constants: readonly (infer Name extends string)[] }
  ? { readonly constants: Readonly<Record<Name, number>> }
  : unknown);

/** Bytes of a uniform slot: WebGPU's default alignment of dynamic offsets, and the limit of a kernel's uniform block. */
export const UNIFORM_SLOT = 256;

/** Describes a kernel. Throws a `TensorError` when its uniform block is larger than 256 bytes. */
export function defineKernel<const K extends Kernel>(kernel: K): K {
  if (uniformBytes(kernel.uniforms) > UNIFORM_SLOT) {
    throw new TensorError('backend', `${kernel.name}: its uniform block is larger than ${UNIFORM_SLOT} bytes`);
  }
  return kernel;
}

function isArray(type: UniformType): boolean {
  return type !== 'u32' && type !== 'f32';
}

/** Where a member begins that follows `offset` bytes: an array of vectors lies at a multiple of 16. */
function begin(offset: number, type: UniformType): number {
  return isArray(type) ? Math.ceil(offset / 16) * 16 : offset;
}

function uniformBytes(layout: UniformLayout): number {
  return Object.values(layout).reduce((offset, type) => begin(offset, type) + (isArray(type) ? 4 * AXES : 4), 0);
}

/** Writes values as the WGSL struct lays them out, beginning at byte `offset` of `target`. */
export function packUniforms(kernel: Kernel, values: AnyUniforms, target: DataView, offset: number): void {
  let at = offset;
  for (const [name, type] of Object.entries(kernel.uniforms)) {
    at = begin(at, type);
    const value = values[name] ?? 0;
    if (type === 'f32') target.setFloat32(at, Number(value), true);
    else if (type === 'u32') target.setUint32(at, Number(value), true);
    else if (typeof value !== 'number') for (let i = 0; i < AXES; i++) target.setInt32(at + 4 * i, value[i] ?? 0, true);
    at += isArray(type) ? 4 * AXES : 4;
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
