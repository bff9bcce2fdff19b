/**
 * Writes to the terminal. While a progress bar is shown, lines are kept back and printed when it ends, since a bar and lines would write
 * over each other. Without a bar every line is printed at once.
 */
import progress, { type SingleBar } from 'cli-progress';

/** How long nothing is shown without a bar, in milliseconds. */
const SILENCE = 30_000;
/** How often the silence is measured, in milliseconds. */
const CLOCK = 1000;

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
  #work: { readonly file: string; readonly started: number; name: string } | undefined;
  #lastSign = 0;
  #clock: NodeJS.Timeout | undefined;

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
    const started = performance.now();
    this.#work = { file, started, name: '' };
    this.#lastSign = started;
    this.#bar?.update({ file });
    if (!this.#quiet && this.#bar === undefined) this.#clock ??= setInterval(() => this.#sign(), CLOCK).unref();
  }

  /** Shows which method or metric of the image is being computed: in the bar, or without one by a line on stderr after a while of silence. */
  measuring(name: string): void {
    if (this.#work === undefined) return;
    this.#work.name = name;
    this.#bar?.update({ file: `${this.#work.file}: ${name}` });
    // A computation on the CPU may let no clock run, so the beginning of the next one counts too.
    this.#sign();
  }

  /** Counts an image that is done. */
  advance(): void {
    this.#bar?.increment(1);
  }

  /** Removes the bar and prints the lines that were kept back. */
  end(): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
    this.#work = undefined;
    this.#bar?.stop();
    this.#bar = undefined;
    for (const show of this.#held.splice(0)) show();
  }

  #sign(): void {
    const now = performance.now();
    if (this.#work === undefined || this.#quiet || this.#bar !== undefined || now - this.#lastSign < SILENCE) return;
    this.#lastSign = now;
    const { file, name, started } = this.#work;
    process.stderr.write(`${file}: ${name}, ${Math.round((now - started) / 1000)} s so far\n`);
  }

  #show(print: () => void): void {
    if (this.#bar === undefined) print();
    else this.#held.push(print);
  }
}
