/**
 * The program: its commands, its errors and its exit code. An error is one line on stderr and the exit code 2.
 */
import { Command, CommanderError } from 'commander';
import { backendsCommand, probeCommand } from './commands/backends.ts';
import { conceptCommand } from './commands/concept.ts';
import { benchCommand, evaluateCommand } from './commands/evaluate.ts';
import { explainCommand } from './commands/explain.ts';
import { inspectCommand } from './commands/inspect.ts';
import { describeError, systemCode } from './errors.ts';
import { packageVersion } from './package.ts';

/** The exit code of a command that failed. */
const FAILED = 2;

/**
 * Runs the command line.
 *
 * @param args the arguments, without the names of Node and of the script
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  process.stdout.on('error', endQuietly);
  let code = 0;
  let called = 'cdam';
  try {
    const program = createProgram((exitCode) => {
      code = exitCode;
    });
    called = calledCommand(program, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, called);
    process.stderr.write(`cdam: ${describeError(error)}\n`);
    return FAILED;
  }
  return code;
}

function createProgram(exit: (code: number) => void): Command {
  const program = new Command('cdam')
    .description('Class-discriminative attention maps: which parts of a picture speak for and against a class.')
    .version(packageVersion())
    // An option belongs to the command before it: `evaluate` and `evaluate merge` both have an --out.
    .enablePositionalOptions();
  for (const command of [explainCommand(exit), conceptCommand(), evaluateCommand(exit), inspectCommand(), backendsCommand()])
    program.addCommand(command);
  for (const command of [probeCommand(), benchCommand()]) program.addCommand(command, { hidden: true });
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    // Errors are thrown, and `main` prints them.
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  return program;
}

/** The command that arguments name, such as `cdam evaluate merge`. */
function calledCommand(program: Command, args: readonly string[]): string {
  let [command, name] = [program, program.name()];
  for (const word of args) {
    const next = command.commands.find((own) => own.name() === word);
    if (next === undefined) break;
    [command, name] = [next, `${name} ${word}`];
  }
  return name;
}

/** The exit code after an error of commander. It also throws one when it was asked for help or for the version. */
function endOfParsing(error: CommanderError, called: string): number {
  if (error.exitCode === 0) return 0;
  if (error.code !== 'commander.help') process.stderr.write(`cdam: ${describeError(error).replace(/\.$/, '')}; see ${called} --help\n`);
  return FAILED;
}

/** Ends the program when the reader of its output has closed the pipe, as in `cdam explain --json - | head -c 100`. */
function endQuietly(error: Error): void {
  if (systemCode(error) !== 'EPIPE') throw error;
  process.exit();
}
