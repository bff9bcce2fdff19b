/**
 * That every `.wgsl` file and its description in TypeScript agree, name by name, and that the files agree with each other.
 *
 * Nobody lists the kernels: all files of this folder are found, all modules are imported, and `defineKernel` notes what they define.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createNodeGpu } from '../node.ts';
import { requestAdapter, requestDevice } from './device.ts';
import { type AnyUniforms, type Kernel, packUniforms, UNIFORM_SLOT } from './kernel.ts';
import { rowVariant } from './row-variant.ts';
import type { Runtime } from './runtime.ts';

const { defined } = vi.hoisted(() => ({ defined: [] as Kernel[] }));

vi.mock('./kernel.ts', async (importOriginal) => {
  const module = await importOriginal<typeof import('./kernel.ts')>();
  const defineKernel = <const K extends Kernel>(kernel: K): K => {
    defined.push(kernel);
    return module.defineKernel(kernel);
  };
  return { ...module, defineKernel };
});

const paths = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).sort();
for (const path of paths) if (path.endsWith('.ts') && !path.endsWith('.test.ts')) await import(join(import.meta.dirname, path));

/** Files of functions without an entry point, which fill slots of kernels. */
const LIBRARIES = ['functions.wgsl'];

/** Functions of one name whose texts differ on purpose: how many texts there are, and why. */
const DIFFERENT: Readonly<Record<string, { readonly texts: number; readonly reason: string }>> = {
  apply: { texts: 2, reason: 'what stands in a slot: a function to be shown for unary.wgsl, none for a product' },
  combine: {
    texts: 3,
    reason: 'of two vectors in binary.wgsl, of two numbers in binary-strided.wgsl, a step of a reduction in reduce-*.wgsl',
  },
  fourOfA: {
    texts: 3,
    reason:
      'matmul.wgsl reads one row for shared memory, matmul-subgroup.wgsl a row for each lane, which begins elsewhere, matmul-thin.wgsl no transposed one',
  },
  fourOfB: { texts: 2, reason: 'as fourOfA; matmul-subgroup.wgsl is given four places' },
  rowOfA: { texts: 2, reason: 'matmul-subgroup.wgsl reads rows past the end, and so repeats the last one' },
  storeFour: { texts: 2, reason: 'loops for a compiler that must not unroll them, in matmul-subgroup.wgsl' },
};

/** Constants of one name whose values differ on purpose. */
const DIFFERENT_CONSTANTS: Readonly<Record<string, string>> = {
  WORKGROUP: '64 invocations where neighbours share a line or a chunk, 256 where each has its own element',
};

interface Shader {
  readonly file: string;
  readonly source: string;
  readonly members: readonly (readonly [name: string, type: string])[];
  readonly bindings: readonly string[];
  readonly overrides: readonly { readonly name: string; readonly value: string }[];
  readonly constants: ReadonlyMap<string, string>;
  readonly slots: readonly string[];
  readonly workgroup: string | undefined;
  /** Their texts, without comments and with single spaces. */
  readonly functions: ReadonlyMap<string, string>;
}

function groups(text: string, pattern: RegExp): string[][] {
  return Array.from(text.matchAll(pattern), (match) => match.slice(1).map((group) => group ?? ''));
}

/** From `fn` to the brace that closes the function. */
function functionsOf(code: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { index, 1: name = '' } of code.matchAll(/^fn (\w+)\(/gm)) {
    let end = code.indexOf('{', index) + 1;
    for (let depth = 1; depth > 0 && end < code.length; end++) depth += code[end] === '{' ? 1 : code[end] === '}' ? -1 : 0;
    found.set(name, code.slice(index, end).replace(/\s+/g, ' '));
  }
  return found;
}

function parse(file: string, source: string): Shader {
  const code = source.replace(/\/\/.*$/gm, '');
  const struct = /struct Params \{([^}]*)\}/.exec(code)?.[1] ?? '';
  const buffers = groups(code, /@group\(0\) @binding\((\d+)\) var<([^>]+)> (\w+): ([^;]+);/g);
  return {
    file,
    source,
    members: groups(struct, /(\w+): ((?:[^,<]|<[^>]*>)+)/g).map(([name = '', type = '']) => [name, type.trim()] as const),
    bindings: buffers.map(([binding, space, name, type]) => `${binding} ${space} ${name}${space === 'uniform' ? `: ${type}` : ''}`),
    overrides: groups(code, /^override (\w+)(?:: \w+)? = ([^;]+);/gm).map(([name = '', value = '']) => ({ name, value })),
    constants: new Map(groups(code, /^const (\w+) = ([^;]+);/gm).map(([name = '', value = '']) => [name, value])),
    slots: groups(source, /^\/\/#slot (\w+)$/gm).flat(),
    workgroup: /@workgroup_size\(([^)]*)\)/.exec(code)?.[1],
    functions: functionsOf(code),
  };
}

const shaders = paths
  .filter((path) => path.endsWith('.wgsl'))
  .map((path) => parse(basename(path), readFileSync(join(import.meta.dirname, path), 'utf8')));
const kernels = shaders.filter(({ file }) => !LIBRARIES.includes(file));

function definitionOf({ file, source }: Shader): Kernel {
  const found = defined.filter((kernel) => kernel.source === source);
  const [kernel] = found;
  if (!kernel || found.length > 1) throw new Error(`${file} is the source of ${found.length} kernels; one must be defined by defineKernel`);
  return kernel;
}

/** The override constants that a dispatch gives. Those whose default is made of others follow from them. */
function givenOverrides({ overrides }: Shader): string[] {
  const names = overrides.map(({ name }) => name);
  return overrides.filter(({ value }) => !(value.match(/\w+/g) ?? []).some((word) => names.includes(word))).map(({ name }) => name);
}

/** Where the members of a struct of numbers and arrays of vectors lie, by WGSL's rules. */
function offsetsOf(members: Shader['members']): number[] {
  let end = 0;
  return members.map(([, type]) => {
    const [align, size] = type.startsWith('array<vec4') ? [16, 32] : [4, 4];
    const offset = Math.ceil(end / align) * align;
    end = offset + size;
    return offset;
  });
}

test('every file without an entry point is known to be a library', () => {
  expect(shaders.filter(({ workgroup }) => workgroup === undefined).map(({ file }) => file)).toEqual(LIBRARIES);
});

describe.each(kernels.map((shader) => [shader.file, shader] as const))('%s', (file, shader) => {
  test('is the source of a kernel of its name', () => {
    expect(`${definitionOf(shader).name}.wgsl`).toBe(file);
  });

  test('has the uniforms that its description says, in the same order and of the same types', () => {
    expect(shader.members).toEqual(Object.entries(definitionOf(shader).uniforms));
  });

  test('finds every uniform where it is written', () => {
    const kernel = definitionOf(shader);
    const names = Object.keys(kernel.uniforms);
    const values = names.map((name, i) =>
      kernel.uniforms[name]?.startsWith('array') ? Array.from({ length: 8 }, (_, j) => 100 * i + j) : 100 * i,
    );
    const target = new DataView(new ArrayBuffer(2 * UNIFORM_SLOT));
    const uniforms: AnyUniforms = Object.fromEntries(names.map((name, i) => [name, values[i] ?? 0]));
    packUniforms(kernel, uniforms, target, UNIFORM_SLOT);
    const offsets = offsetsOf(shader.members);
    const read = shader.members.map(([, type], i) => {
      const at = UNIFORM_SLOT + (offsets[i] ?? 0);
      if (type === 'f32') return target.getFloat32(at, true);
      return type === 'u32' ? target.getUint32(at, true) : Array.from({ length: 8 }, (_, j) => target.getInt32(at + 4 * j, true));
    });
    expect(read).toEqual(values);
  });

  test('binds its uniforms, then its inputs, then its outputs, by the names of its description', () => {
    const { inputs, outputs } = definitionOf(shader);
    const storage = [...inputs.map((name) => `storage, read ${name}`), ...outputs.map((name) => `storage, read_write ${name}`)];
    expect(shader.bindings).toEqual(['0 uniform params: Params', ...storage.map((buffer, i) => `${i + 1} ${buffer}`)]);
  });

  test('is given all its override constants, and no others', () => {
    expect(givenOverrides(shader).sort()).toEqual([...(definitionOf(shader).constants ?? [])].sort());
  });

  test('has the constants that TypeScript counts with, of the same values', () => {
    for (const [name, value] of Object.entries(definitionOf(shader).fixed ?? {})) {
      expect(shader.constants.get(name), `const ${name}`).toBe(`${value}u`);
    }
  });

  test('has workgroups whose size TypeScript knows', () => {
    const { constants = [], fixed = {} } = definitionOf(shader);
    // Of 8 × 8 invocations for a TILE, whatever the constants.
    if (file === 'matmul.wgsl') expect(shader.workgroup).toBe('8, 8');
    else expect([...constants, ...Object.keys(fixed)]).toContain(shader.workgroup);
  });

  test('has the slots of its description', () => {
    expect([...shader.slots].sort()).toEqual([...(definitionOf(shader).slots ?? [])].sort());
  });
});

describe('files agree with each other', () => {
  const textsOf = (name: string): Set<string> => new Set(kernels.flatMap(({ functions }) => functions.get(name) ?? []));
  const names = [...new Set(kernels.flatMap(({ functions }) => [...functions.keys()]))].filter((name) => name !== 'main').sort();

  test.each(names)('on the function %s', (name) => {
    expect(textsOf(name).size, DIFFERENT[name]?.reason ?? 'texts').toBe(DIFFERENT[name]?.texts ?? 1);
  });

  test.each([...new Set(kernels.flatMap(({ constants }) => [...constants.keys()]))].sort())('on the constant %s', (name) => {
    const values = new Set(kernels.flatMap(({ constants }) => constants.get(name) ?? []));
    if (name in DIFFERENT_CONSTANTS) expect(values.size, DIFFERENT_CONSTANTS[name]).toBeGreaterThan(1);
    else expect([...values]).toHaveLength(1);
  });

  test('no function is said to differ that is nowhere', () => {
    for (const name of Object.keys(DIFFERENT)) expect(names).toContain(name);
  });

  test('every fold in shared memory waits before it writes there, so that one may follow another', () => {
    const folds = kernels.flatMap(({ functions }) => [...functions.values()].filter((text) => text.includes('folded[lane] = ')));
    expect(folds.length).toBeGreaterThan(0);
    for (const text of folds) expect(text).toContain('{ workgroupBarrier(); folded[lane] = ');
  });

  test('the fold by subgroups has every function of every slot FOLD, and takes the same', () => {
    const { slots } = rowVariant({ software: true, subgroupSize: 8 } as Runtime, 64);
    const signature = (text: string): string => text.slice(0, text.indexOf('{'));
    const bySubgroups = [...functionsOf(slots.FOLD ?? '').values()].map(signature);
    for (const { source } of kernels) {
      const [slot = ''] = groups(source, /^\/\/#slot FOLD\n([\s\S]*?)^\/\/#end$/gm).flat();
      for (const text of functionsOf(slot).values()) expect(bySubgroups).toContain(signature(text));
    }
  });
});

describe('as it stands', () => {
  let device: GPUDevice;
  let gpu: GPU;

  beforeAll(async () => {
    gpu = await createNodeGpu();
    device = await requestDevice(await requestAdapter(gpu, {}), false);
  });

  afterAll(() => device.destroy());

  test.each(shaders.map(({ file, source }) => [file, source] as const))('%s compiles', async (_, source) => {
    if (source.includes('\nenable subgroups;') && !device.features.has('subgroups')) return;
    const { messages } = await device.createShaderModule({ code: source }).getCompilationInfo();
    expect(messages.filter(({ type }) => type === 'error').map(({ message }) => message)).toEqual([]);
  });
});

test('a dispatch gives every name that its kernel declares, and no other', () => {
  const names = { inputs: ['x'], outputs: ['y'], constants: ['WIDTH'], slots: ['APPLY'] } as const;
  const kernel = { name: 'typed', source: '', uniforms: { count: 'u32' }, ...names } as const;
  const storage = { length: 1 };
  const right = {
    uniforms: { count: 1 },
    inputs: { x: storage },
    outputs: { y: storage },
    workgroups: [1, 1, 1],
    constants: { WIDTH: 1 },
  } as const;
  const run: Runtime['run'] = () => {};
  run(kernel, right);
  // @ts-expect-error a constant that it does not declare
  run(kernel, { ...right, constants: { WIDTH: 1, HEIGHT: 1 } });
  // @ts-expect-error a constant that is missing
  run(kernel, { ...right, constants: {} });
  // @ts-expect-error an input that it does not have
  run(kernel, { ...right, inputs: { x: storage, z: storage } });
  // @ts-expect-error a uniform that is missing
  run(kernel, { ...right, uniforms: {} });
  // @ts-expect-error a slot that it does not have
  run(kernel, { ...right, slots: { FOLD: '' } });
});
