/**
 * What every program of the repository says of itself: one description gives `--help`, the defaults, and the refusal of anything that
 * the program does not know. A wrong command line prints what is wrong and how to call the program, and ends with exit code 2.
 */
import { parseArgs } from 'node:util';

/** @typedef {import('./program.d.mts').Option} Option */
/** @typedef {import('./program.d.mts').Program} Program */

const INDENT = '  ';
const GAP = 3;

/** @param {string} name @param {Option} option */
function spelling(name, option) {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.type === 'string' ? ` <${option.value ?? name}>` : '';
  return `${short}--${name}${value}`;
}

/** @param {Option} option */
function explanation(option) {
  const notes = [
    option.choices === undefined ? [] : [option.choices.join(', ')],
    option.required ? ['required'] : [],
    !option.default ? [] : [`default: ${option.default}`],
  ].flat();
  return notes.length === 0 ? option.help : `${option.help} (${notes.join('; ')})`;
}

/** @param {Program} program */
function argumentLines({ positionals, options = {} }) {
  const rows = [
    ...(positionals === undefined ? [] : [[positionals.name, positionals.help]]),
    ...Object.entries(options).map(([name, option]) => [spelling(name, option), explanation(option)]),
    ['-h, --help', 'print this and end'],
  ];
  const width = Math.max(...rows.map(([left = '']) => left.length)) + GAP;
  return rows.map(([left = '', right = '']) => `${INDENT}${left.padEnd(width)}${right}`);
}

/** @param {Program} program */
function usageLine({ command, positionals, options }) {
  return ['usage:', command, ...(options ? ['[options]'] : []), ...(positionals ? [positionals.name] : [])].join(' ');
}

/**
 * What `--help` prints.
 * @param {Program} program
 * @returns {string}
 */
export function helpOf(program) {
  const examples = program.examples.map((example) => `${INDENT}${example}`);
  return [program.summary, '', usageLine(program), ...argumentLines(program), '', 'example:', ...examples].join('\n');
}

/**
 * Prints what is wrong with the command line and how the program is called, and ends the process with exit code 2.
 * @param {Program} program
 * @param {string} message
 * @returns {never}
 */
export function refuse(program, message) {
  console.error(`${message}\n${usageLine(program)}\n${argumentLines(program).join('\n')}`);
  process.exit(2);
}

/**
 * @param {Program} program
 * @param {readonly string[]} argv
 */
function parse({ options = {}, positionals }, argv) {
  const known = Object.entries(options).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]);
  return parseArgs({
    args: [...argv],
    options: { ...Object.fromEntries(known), help: { type: 'boolean', short: 'h' } },
    allowPositionals: positionals !== undefined,
  });
}

/** @param {Program} program @param {Record<string, unknown>} values */
function checkValues(program, values) {
  for (const [name, { required, choices }] of Object.entries(program.options ?? {})) {
    const value = values[name];
    if (required && value === undefined) refuse(program, `--${name} is missing`);
    if (choices && typeof value === 'string' && !choices.includes(value)) refuse(program, `--${name} ${value}: give ${choices.join(', ')}`);
  }
}

/**
 * Reads the arguments of a program. `--help` prints its description and ends the process, and so does a wrong command line.
 * @param {Program} program
 * @param {readonly string[]} argv
 * @returns {{ values: Record<string, string | boolean | undefined>, positionals: string[] }}
 */
export function readArguments(program, argv = process.argv.slice(2)) {
  /** @type {ReturnType<typeof parse>} */
  let parsed;
  try {
    parsed = parse(program, argv);
  } catch (error) {
    // Node adds advice about `--` to its first sentence, which would be wrong here.
    refuse(program, error instanceof Error ? `${error.message.split(/\. |\n/)[0]}` : String(error));
  }
  const { help, ...given } = /** @type {Record<string, string | boolean | undefined>} */ ({ ...parsed.values });
  if (help) {
    console.log(helpOf(program));
    process.exit(0);
  }
  const defaults = Object.fromEntries(Object.entries(program.options ?? {}).map(([name, option]) => [name, option.default]));
  const values = { ...defaults, ...given };
  checkValues(program, values);
  const { positionals } = parsed;
  if (positionals.length < (program.positionals?.least ?? 0)) refuse(program, `${program.positionals?.name} is missing`);
  return { values, positionals };
}
