/** The types of `test-choice.mjs`, for tests in TypeScript, which reads no JSDoc under `isolatedDeclarations`. */

/** What vitest is started with: parts of paths, a word that tests say, the same as a pattern, and files that are left out. */
export interface Choice {
  readonly filters: string[];
  readonly word?: string;
  readonly name?: string;
  readonly exclude?: string[];
}

/** What to start vitest with for the words of a command line; `unknown` are the words that nothing is named by. */
export function chooseTests(root: string, words: readonly string[]): { readonly choices: Choice[]; readonly unknown: string[] };
