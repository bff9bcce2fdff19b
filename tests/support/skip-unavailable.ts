/**
 * Skips the tests that a machine has no driver or no browser for: vitest takes this runner where vitest.config.ts has found one missing, and
 * said so. It never does on Linux x64, for which the repository brings both.
 */
import { type TestContext, TestRunner } from 'vitest';

const { CDAM_NO_WEBGPU, CDAM_NO_BROWSER } = process.env;

/** Whether a test needs what is missing, by its name, which begins with its file and its suites. */
function lacks(name: string): boolean {
  if (/^tests\/browser\/| browser-/.test(name)) return CDAM_NO_BROWSER !== undefined;
  return CDAM_NO_WEBGPU !== undefined && /webgpu|dawn/i.test(name);
}

export default class extends TestRunner {
  /** Called as a test is declared, so that a suite of which nothing is left does not run its hooks either. */
  override extendTaskContext(context: TestContext): TestContext {
    const { mode, fullName } = context.task;
    if (mode === 'run' && lacks(fullName)) Object.assign(context.task, { mode: 'skip' });
    return super.extendTaskContext(context);
  }
}
