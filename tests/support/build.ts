/**
 * For tests that start what the build makes: the command line, a worker, what is packed. On an old build they would fail for reasons
 * that have nothing to do with what they test.
 */
import { staleness } from '../../scripts/lib/build-state.mjs';

/**
 * Call it at the top of a test file, or of a module that such files share.
 * @param paths folders or bundles, relative to the root of the repository; everything that the build makes unless given
 * @throws Error with one sentence, when they are missing or older than their sources
 */
export function requireBuild(...paths: readonly string[]): void {
  const trouble = staleness(paths.length === 0 ? undefined : paths);
  if (trouble !== undefined) throw new Error(trouble);
}
