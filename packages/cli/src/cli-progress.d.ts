/** Types of the part of cli-progress that is used here, since the package has none. */
declare module 'cli-progress' {
  export interface Options {
    readonly format?: string;
    readonly stream?: NodeJS.WritableStream;
    readonly clearOnComplete?: boolean;
    readonly hideCursor?: boolean;
  }

  export class SingleBar {
    constructor(options: Options);
    start(total: number, startValue: number, payload?: Readonly<Record<string, string>>): void;
    increment(step: number, payload?: Readonly<Record<string, string>>): void;
    update(payload: Readonly<Record<string, string>>): void;
    stop(): void;
  }

  const progress: { readonly SingleBar: typeof SingleBar };
  export default progress;
}
