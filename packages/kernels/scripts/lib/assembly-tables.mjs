/**
 * What TypeScript must know of the AssemblyScript kernels, read from their sources, and written as source files: the parameters of every
 * kernel, and the numbers by which kernels know functions.
 */

/** @typedef {{ name: string, parameters: string[] }} Kernel */
/** @typedef {{ name: string, number: number, hasGradient: boolean }} NumberedFunction */

/**
 * The kernels of a file, with their parameters after the three that all have: the exported functions that begin with `begin: i32`.
 * @param {string} source
 * @returns {Kernel[]}
 */
export function kernelsOf(source) {
  const kernel = /^export function (\w+)\(\s*begin: i32,\s*end: i32,\s*_?scratch: usize,([^)]*)\): void/gm;
  return Array.from(source.matchAll(kernel), ([, name = '', rest = '']) => ({ name, parameters: rest.match(/\w+(?=:)/g) ?? [] }));
}

/**
 * The functions of four numbers in a file, numbered from 1 on: 0 stands for none.
 * @param {string} source
 * @returns {NumberedFunction[]}
 */
export function numberFunctions(source) {
  const names = Array.from(source.matchAll(/^export function (\w+)\(x: v128\): v128/gm), ([, name = '']) => name);
  const functions = names.filter((name) => !name.endsWith('Gradient'));
  return functions.map((name, i) => ({ name, number: i + 1, hasGradient: names.includes(`${name}Gradient`) }));
}

const byScript = 'Made from the files of `assembly` by\n * scripts/compile-wasm.mjs of this package, not by hand.';

/** @param {string} name */
const constantOf = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** @param {NumberedFunction[]} functions */
export function switchSource(functions) {
  const differentiable = functions.filter(({ hasGradient }) => hasGradient);
  const imported = [...functions.map(({ name }) => name), ...differentiable.map(({ name }) => `${name}Gradient`)].sort();
  /** @type {(cases: NumberedFunction[], suffix: string) => string[]} */
  const casesOf = (cases, suffix) => cases.flatMap(({ name }) => [`    case ${constantOf(name)}:`, `      return ${name}${suffix}(x);`]);
  return [
    `/**\n * The functions of ../functions.ts by their numbers. ${byScript}\n */`,
    'import {',
    ...imported.map((name) => `  ${name},`),
    "} from '../functions';\n",
    ...functions.map(({ name, number }) => `export const ${constantOf(name)} = ${number};`),
    '\n/** The function with this number; x itself where there is none. */',
    'export function evaluate(op: i32, x: v128): v128 {\n  switch (op) {',
    ...casesOf(functions, ''),
    '    default:\n      return x;\n  }\n}',
    '\n/** The derivative of the function with this number; NaN where there is none. */',
    'export function derivative(op: i32, x: v128): v128 {\n  switch (op) {',
    ...casesOf(differentiable, 'Gradient'),
    '    default:\n      return f32x4.splat(NaN);\n  }\n}\n',
  ].join('\n');
}

/** @param {Kernel} kernel @param {number} place */
function kernelEntry({ name, parameters }, place) {
  const [list, type] = [parameters.join(', '), parameters.map((parameter) => `'${parameter}'`).join(' | ')];
  const inOrder = `inOrder: ({ ${list} }: Numbers<${type}>): number[] => [${list}]`;
  return `  ${name}: {\n    place: ${place},\n    count: ${parameters.length},\n    ${inOrder},\n  },`;
}

/** @param {Kernel[]} kernels @param {NumberedFunction[]} functions */
export function tablesSource(kernels, functions) {
  return [
    `/**\n * What TypeScript knows of the kernels. ${byScript}\n */\n`,
    '// biome-ignore-all format: a line for each list of parameters, however long\n',
    'type Numbers<Name extends string> = Readonly<Record<Name, number>>;\n',
    '/**',
    ' * For every kernel: its place in this table, by which a command knows it; how many numbers it takes after the three that all take;',
    ' * and the function that brings them from an object, by their names, into the order of its parameters.',
    ' */',
    'export const KERNELS = {',
    ...kernels.map(kernelEntry),
    '} as const;\n',
    '/** The numbers by which kernels know functions of one number. */',
    'export const FUNCTION_NUMBERS = {',
    ...functions.map(({ name, number }) => `  ${name}: ${number},`),
    '} as const;\n',
  ].join('\n');
}
