/**
 * Hosts that are processes: engines in Node, and PyTorch.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Contender } from '../contenders.ts';
import { Host, type Send } from './host.ts';

/** The answer to a request. */
interface Reply {
  readonly value?: unknown;
  readonly error?: string;
}

/** Mesa then keeps no compiled shaders, so that the first run of every benchmark has to compile them. */
const cold = { MESA_SHADER_CACHE_DISABLE: 'true' };

/** Starts `node-host.js` for a contender. */
export function startNodeHost(contender: Contender, modelFolder: string): Host {
  // jax-js needs the iterator helpers of Node 22, which Node 20 has behind a flag.
  const helpers = contender.library === 'jax-js' && !('Iterator' in globalThis) ? ['--harmony-iterator-helpers'] : [];
  const child = fork(join(import.meta.dirname, 'node-host.js'), [JSON.stringify(contender), modelFolder], {
    execArgv: helpers,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...cold },
  });
  const replies = collect(child);
  child.on('message', (reply: Reply) => replies.settle(reply));
  return makeHost(child, replies, (request) => child.send(request));
}

/** How to start Python. */
export interface PythonOptions {
  /** The interpreter; by default the first one that has PyTorch. */
  readonly python?: string | undefined;
  /** A folder with shared libraries that are loaded instead of those of the system. */
  readonly libraries?: string | undefined;
}

/**
 * Starts a Python script that reads requests and writes replies, each on one line.
 * @throws Error when no interpreter has PyTorch
 */
export function startPythonHost(script: string, argv: readonly string[], { python, libraries }: PythonOptions = {}): Host {
  const env = libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
  const child = spawn(python ?? pythonWithTorch(), [script, ...argv], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const replies = collect(child);
  createInterface({ input: child.stdout }).on('line', (line) => replies.settle(JSON.parse(line)));
  child.stdin.on('error', () => {});
  return makeHost(child, replies, (request) => child.stdin.write(`${JSON.stringify(request)}\n`));
}

function pythonWithTorch(): string {
  const found = ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) throw new Error('PyTorch is not on this machine');
  return found;
}

/** The replies of a process. */
interface Replies {
  /** Is called with each reply. */
  settle(reply: Reply): void;
  /** Waits for the next reply; there is only one request at a time. */
  next(): Promise<unknown>;
}

function collect(child: ChildProcess): Replies {
  let waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  const end = (why: string): void => {
    ended = new Error([why, lastLine(complaint)].filter((part) => part !== '').join(': '));
    waiting?.reject(ended);
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(`its process ended (${signal ?? `exit code ${code}`})`));
  return {
    settle: ({ value, error }) => (error === undefined ? waiting?.resolve(value) : waiting?.reject(new Error(error))),
    next: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (ended) reject(ended);
      }),
  };
}

function makeHost(child: ChildProcess, replies: Replies, post: (request: Parameters<Send>[0]) => void): Host {
  const send: Send = (request) => {
    const reply = replies.next();
    post(request);
    return reply;
  };
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return new Host(send, stop);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
