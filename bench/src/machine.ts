/**
 * Where a run took place: what a reader needs to judge its figures.
 */
import { readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  readonly system: string;
  readonly cpu: string;
  /** Hardware threads that this process may use. */
  readonly cores: number;
  readonly memoryGib: number;
  /** Of the last minute, at the start: what else the machine was doing. */
  readonly load: number;
  readonly node: string;
}

/** This machine, now. */
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

/** The versions of everything that is measured, read from what is installed. */
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
