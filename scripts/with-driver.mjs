/**
 * Starts a command in the environment of the chosen WebGPU driver (see `webgpu-driver.mjs`), which a process cannot give itself:
 *
 *     node scripts/with-driver.mjs node some-script.js --its --arguments
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { driverEnvironment } from './webgpu-driver.mjs';

const [command, ...rest] = process.argv.slice(2);
if (!command) {
  console.error('usage: node scripts/with-driver.mjs <command> [arguments]');
  process.exit(2);
}
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
