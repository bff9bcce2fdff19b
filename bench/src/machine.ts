/**
 * The machine of a run and the versions of the software, which a reader needs to judge its figures.
 */
import { readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

/** The machine of a run. */
export interface Machine {
  readonly system: string;
  readonly cpu: string;
  /** Number of hardware threads. */
  readonly cores: number;
  readonly memoryGib: number;
  /** The load average of the minute before the run, which shows what else the machine was doing. */
  readonly load: number;
  /** The version of Node. */
  readonly node: string;
}

/** Describes this machine. */
export function machine(): Machine {
  const all = cpus();
  return {
    system: `${platform()} ${release()} ${arch()}`,
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    node: process.versions.node,
  };
}

/** The versions of the installed peers, by their names. */
export async function versions(benchFolder: string): Promise<Record<string, string>> {
  const manifest: { devDependencies: Record<string, string> } = JSON.parse(await readFile(join(benchFolder, 'package.json'), 'utf8'));
  const found = await Promise.all(
    Object.keys(manifest.devDependencies).map(async (name) => {
      const installed: { version: string } = JSON.parse(await readFile(join(benchFolder, 'node_modules', name, 'package.json'), 'utf8'));
      return [name, installed.version] as const;
    }),
  );
  return Object.fromEntries(found);
}
