/**
 * Starts a command in the environment of the chosen WebGPU driver (see `webgpu-driver.mjs`), which a process cannot give itself:
 *
 *     node scripts/with-driver.mjs node some-script.js --its --arguments
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { readArguments } from './lib/program.mjs';
import { driverEnvironment } from './webgpu-driver.mjs';

const argv = process.argv.slice(2);
/** What follows the command is the command's. */
const own = argv[0]?.startsWith('-') ? argv : argv.slice(0, 1);
readArguments(
  {
    command: 'node scripts/with-driver.mjs',
    summary: 'Starts a command in the environment of the WebGPU driver that CDAM_TEST_DRIVER names (see scripts/webgpu-driver.mjs).',
    positionals: { name: '<command> [arguments]', help: 'what to start, such as node with a script', least: 1 },
    examples: ['CDAM_TEST_DRIVER=lavapipe node scripts/with-driver.mjs node script.js --its --arguments'],
  },
  own,
);
const [command = '', ...rest] = argv;
const child = spawn(command === 'node' ? process.execPath : command, rest, {
  stdio: 'inherit',
  env: { ...process.env, ...(await driverEnvironment()) },
});
// The terminal sends its interrupt to the child as well, which decides what becomes of it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(`${command}: ${error.message}`);
  process.exitCode = 127;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
});
