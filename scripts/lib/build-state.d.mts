/** The types of `build-state.mjs`, for tests in TypeScript, which reads no JSDoc under `isolatedDeclarations`. */

import type { Metafile } from 'esbuild';

/** Writes down what was built: a package, by its folder relative to the root, and each bundle of it. */
export function recordBuild(folder: string, metafile: Metafile): void;

/** The folders that the build makes, relative to the root of the repository. */
export function builtFolders(): string[];

/** A sentence where something that the build makes is missing or of other sources; everything that it makes unless `paths` are given. */
export function staleness(paths?: readonly string[]): string | undefined;
