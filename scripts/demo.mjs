/**
 * `npm run demo`: explains the bundled picture with the bundled model, through the command line as a user would call it. The
 * classes that the model finds best are explained, and the attention map beside them, which is the same whatever the class.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readArguments } from './lib/program.mjs';

readArguments({
  command: 'npm run demo',
  summary: 'Installs, builds, and explains the bundled picture with the bundled model; the PNGs and the JSON go to out/demo.',
  examples: ['npm run demo'],
});
const root = fileURLToPath(new URL('..', import.meta.url));
const command = [
  'packages/cli/bin/cdam.js',
  'explain',
  'models/bundled/example.png',
  '--target',
  'top4',
  '--method',
  'cdam',
  '--method',
  'attention',
];

console.log(`\n$ ${command.join(' ')} --out out/demo --json out/demo/example.json\n`);
const { status, error } = spawnSync(process.execPath, [...command, '--out', 'out/demo', '--json', 'out/demo/example.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (error) throw error;
if (status === 0) console.log('\nOpen the PNGs in out/demo: warm colours speak for the class, cold ones against it, black says nothing.');
process.exitCode = status ?? 1;
