/**
 * What a person at a terminal gets to see. With several images on a terminal that is a progress bar first and the lines when it is
 * done, since a bar and lines would write over each other; else every line as it comes.
 */
import progress, { type SingleBar } from 'cli-progress';

export interface ConsoleOptions {
  /** Lines are for people, and nobody wants them: errors only. */
  readonly quiet: boolean;
}

export class Console {
  readonly #quiet: boolean;
  #bar: SingleBar | undefined;
  #held: (() => void)[] = [];

  constructor({ quiet }: ConsoleOptions) {
    this.#quiet = quiet;
  }

  /** A line for people, on stdout. */
  line(text: string): void {
    if (!this.#quiet) this.#show(() => process.stdout.write(`${text}\n`));
  }

  /** What went wrong, on stderr. */
  problem(text: string): void {
    this.#show(() => process.stderr.write(`cdam: ${text}\n`));
  }

  /** Something for a program to read, on stdout. */
  data(text: string): void {
    process.stdout.write(text);
  }

  /** Shows a progress bar over so many images, if there is a terminal to show it on. */
  begin(total: number): void {
    if (this.#quiet || total < 2 || !process.stderr.isTTY) return;
    const format = ' {bar} {value}/{total}  {eta_formatted}  {file}';
    this.#bar = new progress.SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true });
    this.#bar.start(total, 0, { file: '' });
  }

  /** Names the image that is being worked on. */
  working(file: string): void {
    this.#bar?.update({ file });
  }

  /** One more image is done. */
  advance(): void {
    this.#bar?.increment(1);
  }

  /** Takes the bar away and prints the lines that waited for it. */
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
