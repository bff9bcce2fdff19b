/**
 * `npm test`: installs, builds, and checks everything: lint, architecture, types, and all tests. Everything runs even where something
 * before it failed, and the last line counts all of it.
 *
 * `npm test -- <what>` answers in seconds: it only runs the tests that are chosen, from the sources. A test that starts what the build
 * makes says so where that is missing or old.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, refuse } from './lib/program.mjs';
import { chooseTests } from './lib/test-choice.mjs';
import { driverEnvironment, driverName } from './webgpu-driver.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const report = join(root, '.cache/vitest.json');

const program = /** @satisfies {import('./lib/program.d.mts').Program} */ ({
  command: 'npm test --',
  summary:
    'Runs the tests: with no arguments all of them, after installing, building, linting and checking types; else just what is named.',
  options: {
    name: {
      type: /** @type {const} */ ('string'),
      short: 't',
      value: 'pattern',
      help: 'only tests whose name matches this regular expression',
    },
    update: { type: /** @type {const} */ ('boolean'), short: 'u', help: 'write snapshots anew' },
    watch: { type: /** @type {const} */ ('boolean'), help: 'stay, and run again what a change touches' },
    coverage: { type: /** @type {const} */ ('boolean'), help: 'write down which lines ran, in out/coverage' },
  },
  positionals: { name: '[what...]', help: 'parts of the paths of test files, or names of operations, kernels and other sources' },
  examples: ['npm test', 'npm test -- packages/vit', 'npm test -- layer-norm', 'npm run test:watch -- packages/tensor'],
});
const { values, positionals } = readArguments(program);

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {import('./lib/test-choice.mjs').Choice} Choice */

/** @param {string[]} argv @param {Record<string, string>} [environment] */
function runNode(argv, environment) {
  // vitest colours its output wherever CI is set; a log file should be plain.
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const options = { cwd: root, stdio: /** @type {const} */ ('inherit'), env: { ...process.env, ...plain, ...environment } };
  return spawnSync(process.execPath, argv, options).status === 0;
}

/** @param {string} script a program in node_modules @param {string[]} argv @param {Record<string, string>} [environment] */
function succeeds(script, argv, environment) {
  return runNode([join(root, 'node_modules', script), ...argv], environment);
}

/** Whichever of npm and pnpm started this starts a script of package.json too. @param {string} name */
function runScript(name) {
  const manager = process.env.npm_execpath?.match(/\.[cm]?js$/)?.input;
  // Not a program for Node: on Windows npm is a script of the shell.
  const ok = manager
    ? runNode([manager, 'run', name])
    : spawnSync(`npm run ${name}`, { cwd: root, stdio: 'inherit', shell: true }).status === 0;
  if (!ok) process.exit(1);
}

/**
 * Counts tests, and a file that could not be run as one failure.
 * @returns {Counts}
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

/** Of a package that is named, not of all others, which its tests do not reach. @param {string} filter */
function coverageOf(filter) {
  const folder = /^packages\/[^/]+/.exec(filter)?.[0];
  return folder ? ['--coverage.include', `${folder}/src/**/*.ts`] : [];
}

/** @param {Choice} choice */
function vitestArguments({ filters, name = values.name, exclude = [] }) {
  return [
    ...filters,
    ...(typeof name === 'string' ? ['--testNamePattern', name, '--hideSkippedTests'] : []),
    ...exclude.flatMap((file) => ['--exclude', file]),
    ...(values.update ? ['--update'] : []),
    ...(values.coverage ? ['--coverage', ...filters.flatMap(coverageOf)] : []),
  ];
}

/**
 * @param {Choice} choice
 * @returns {Promise<Counts>}
 */
async function runTests(choice) {
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  console.log(`\n== tests${choice.word ? ` that say ${choice.word}` : ''}, WebGPU on ${driverName()}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const succeeded = succeeds('vitest/vitest.mjs', ['run', ...reporters, ...vitestArguments(choice)], await driverEnvironment());
  const counts = existsSync(report) ? readReport() : { passed: 0, failed: 1, skipped: 0 };
  // An error outside of every test, or no test at all, fails the run without failing a test.
  return !succeeded && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** @returns {{ name: string, ok: boolean }[]} */
function runChecks() {
  /** @type {[string, string, string[]][]} */
  const checks = [
    ['lint', '@biomejs/biome/bin/biome', ['check', '.']],
    ['architecture', '@biomejs/biome/bin/biome', ['lint', '--only=style/noRestrictedImports', '--only=suspicious/noImportCycles', '.']],
    ['types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']],
    ['types of the scripts', 'typescript/bin/tsc', ['-p', 'scripts/tsconfig.json']],
  ];
  return checks.map(([name, script, argv]) => {
    console.log(`\n== ${name}`);
    return { name, ok: succeeds(script, argv) };
  });
}

async function testEverything() {
  runScript('setup');
  runScript('build');
  const outcomes = runChecks();
  const tests = await runTests({ filters: [] });
  for (const { name, ok } of outcomes) console.log(`${name}: ${ok ? 'passed' : 'FAILED'}`);
  const failedChecks = outcomes.filter(({ ok }) => !ok).length;
  close({ ...tests, passed: tests.passed + outcomes.length - failedChecks, failed: tests.failed + failedChecks });
}

/** @param {Counts} counts */
function close({ passed, failed, skipped }) {
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

async function testChosen() {
  const { choices, unknown } = positionals.length === 0 ? { choices: [{ filters: [] }], unknown: [] } : chooseTests(root, positionals);
  if (unknown.length > 0) refuse(program, `no test file and no source is named ${unknown.join(', ')}`);
  if (!existsSync(join(root, 'node_modules'))) runScript('setup');
  if (values.watch) {
    process.exitCode = succeeds('vitest/vitest.mjs', ['watch', ...choices.slice(0, 1).flatMap(vitestArguments)], await driverEnvironment())
      ? 0
      : 1;
    return;
  }
  const all = { passed: 0, failed: 0, skipped: 0 };
  for (const choice of choices) {
    const { passed, failed, skipped } = await runTests(choice);
    all.passed += passed;
    all.failed += failed;
    // Of the tests that do not say the name each counts as skipped.
    if (!choice.name && !values.name) all.skipped += skipped;
  }
  if (all.passed + all.failed === 0) {
    console.error(`no test says ${[...positionals, values.name ?? []].flat().join(', ')}; name a file or a folder to run all of its tests`);
    all.failed = 1;
  }
  close(all);
}

await (process.argv.length > 2 ? testChosen() : testEverything());
