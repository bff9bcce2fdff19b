/**
 * What `npm test` runs once everything is installed and built: lint, types, the architecture, then the tests. Everything runs even
 * where something before it failed, and the last line counts all of it. Arguments go to vitest:
 *
 *     npm test -- packages/tensor
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driverEnvironment, driverName } from './webgpu-driver.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const report = join(root, '.cache/vitest.json');

/**
 * @param {string} script a program in node_modules
 * @param {string[]} argv
 * @param {Record<string, string>} [environment]
 */
function succeeds(script, argv, environment) {
  // vitest colours its output wherever CI is set; a log file should be plain.
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const options = { cwd: root, stdio: /** @type {const} */ ('inherit'), env: { ...process.env, ...plain, ...environment } };
  return spawnSync(process.execPath, [join(root, 'node_modules', script), ...argv], options).status === 0;
}

/**
 * Counts tests, and a file that could not be run as one failure.
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function readReport() {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
  const files = testResults;
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length, skipped: numPendingTests + numTodoTests };
}

/** @param {string[]} argv */
async function runTests(argv) {
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  console.log(`\n== tests, WebGPU on ${driverName()}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const succeeded = succeeds('vitest/vitest.mjs', ['run', ...reporters, ...argv], await driverEnvironment());
  const counts = existsSync(report) ? readReport() : { passed: 0, failed: 1, skipped: 0 };
  // An error outside of every test, or no test at all, fails the run without failing a test.
  return !succeeded && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** @type {[string, string, string[]][]} */
const checks = [
  ['lint', '@biomejs/biome/bin/biome', ['check', '.']],
  ['architecture', '@biomejs/biome/bin/biome', ['lint', '--only=style/noRestrictedImports', '--only=suspicious/noImportCycles', '.']],
  ['types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']],
  ['types of the scripts', 'typescript/bin/tsc', ['-p', 'scripts/tsconfig.json']],
];
const outcomes = checks.map(([name, script, argv]) => {
  console.log(`\n== ${name}`);
  return { name, ok: succeeds(script, argv) };
});
const tests = await runTests(process.argv.slice(2));
for (const { name, ok } of outcomes) console.log(`${name}: ${ok ? 'passed' : 'FAILED'}`);
const failedChecks = outcomes.filter(({ ok }) => !ok).length;
const failed = tests.failed + failedChecks;
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${tests.passed + outcomes.length - failedChecks} passed, ${failed} failed${skipped}`);
