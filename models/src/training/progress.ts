/**
 * The progress of a training: its step, loss, speed and remaining time.
 */

/** Collects the losses of steps and gives a line about them every few steps. */
export class Progress {
  readonly #total: number;
  readonly #every: number;
  readonly #imagesPerStep: number;
  readonly #now: () => number;
  #since: number;
  #losses: number[] = [];

  /**
   * @param every how many steps there are between two lines
   * @param now returns the time in milliseconds
   */
  constructor(total: number, every: number, imagesPerStep: number, now: () => number = () => performance.now()) {
    this.#total = total;
    this.#every = every;
    this.#imagesPerStep = imagesPerStep;
    this.#now = now;
    this.#since = now();
  }

  /**
   * Call it after each step.
   *
   * @param step the number of the step, from 1
   * @returns a line about the steps since the last line; undefined when it is not time for one
   */
  line(step: number, loss: number, learningRate: number): string | undefined {
    this.#losses.push(loss);
    if (step % this.#every !== 0 && step !== this.#total) return undefined;
    const [steps, now] = [this.#losses.length, this.#now()];
    const secondsPerStep = (now - this.#since) / 1000 / steps;
    const mean = this.#losses.reduce((sum, value) => sum + value, 0) / steps;
    this.#losses = [];
    this.#since = now;
    const speed = `${(this.#imagesPerStep / secondsPerStep).toFixed(0)} images/s`;
    const left = `${duration((this.#total - step) * secondsPerStep)} left`;
    return `step ${step}/${this.#total}  loss ${mean.toFixed(4)}  learning rate ${learningRate.toExponential(2)}  ${speed}  ${left}`;
  }
}

/** A time such as `45 s`, `12 min`, `3 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
