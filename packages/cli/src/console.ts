/**
 * Writes to the terminal. While a progress bar is shown, lines are kept back and printed when it ends, since a bar and lines would write
 * over each other. Without a bar every line is printed at once.
 */
import progress, { type SingleBar } from 'cli-progress';

/** What to print. */
export interface ConsoleOptions {
  /** Prints no lines for people, only errors. */
  readonly quiet: boolean;
}

/** The output of a command. */
export class Console {
  readonly #quiet: boolean;
  #bar: SingleBar | undefined;
  #held: (() => void)[] = [];

  constructor({ quiet }: ConsoleOptions) {
    this.#quiet = quiet;
  }

  /** Prints a line for people on stdout. */
  line(text: string): void {
    if (!this.#quiet) this.#show(() => process.stdout.write(`${text}\n`));
  }

  /** Prints an error on stderr. */
  problem(text: string): void {
    this.#show(() => process.stderr.write(`cdam: ${text}\n`));
  }

  /** Prints text for programs on stdout. */
  data(text: string): void {
    process.stdout.write(text);
  }

  /** Shows a progress bar for a number of images, if stderr is a terminal. */
  begin(total: number): void {
    if (this.#quiet || total < 2 || !process.stderr.isTTY) return;
    const format = ' {bar} {value}/{total}  {eta_formatted}  {file}';
    this.#bar = new progress.SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true });
    this.#bar.start(total, 0, { file: '' });
  }

  /** Shows the image that is being computed. */
  working(file: string): void {
    this.#bar?.update({ file });
  }

  /** Counts an image that is done. */
  advance(): void {
    this.#bar?.increment(1);
  }

  /** Removes the bar and prints the lines that were kept back. */
  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    for (const show of this.#held.splice(0)) show();
  }

  #show(print: () => void): void {
    if (this.#bar === undefined) print();
    else this.#held.push(print);
  }
}
