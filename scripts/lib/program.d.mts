/** The types of `program.mjs`, for programs and tests in TypeScript, which reads no JSDoc under `isolatedDeclarations`. */

/** An option of a program. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help; the option's name unless given. */
  readonly value?: string;
  readonly default?: string;
  readonly required?: boolean;
  /** The values that are allowed; any unless given. */
  readonly choices?: readonly string[];
  /** What it does, as a phrase. */
  readonly help: string;
}

/** How a program is called. */
export interface Program {
  /** How a person starts it, such as `npm run size --`. */
  readonly command: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** The arguments that are no options, where there may be any. */
  readonly positionals?: { readonly name: string; readonly help: string; readonly least?: number };
  readonly examples: readonly string[];
}

type ValueOf<O extends Option> = O extends { type: 'boolean' }
  ? boolean | undefined
  : O extends { default: string } | { required: true }
    ? string
    : string | undefined;

/** What was given for each option of a program, or its default. */
export type Values<P extends Program> =
  P['options'] extends Readonly<Record<string, Option>> ? { readonly [Name in keyof P['options']]: ValueOf<P['options'][Name]> } : object;

/** What `--help` prints. */
export function helpOf(program: Program): string;

/** Prints what is wrong with the command line and how the program is called, and ends the process with exit code 2. */
export function refuse(program: Program, message: string): never;

/** Reads the arguments of a program. `--help` prints its description and ends the process, and so does a wrong command line. */
export function readArguments<const P extends Program>(
  program: P,
  argv?: readonly string[],
): { readonly values: Values<P>; readonly positionals: readonly string[] };
