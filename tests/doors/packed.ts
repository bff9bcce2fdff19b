/**
 * The public packages as they would be published: packed, and installed from their tarballs into a folder of their own, without network.
 */
import { exec } from 'node:child_process';
import { mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/** A packed package. */
export interface Packed {
  readonly name: string;
  /** In the repository. */
  readonly folder: string;
  readonly tarball: string;
  readonly manifest: Manifest;
}

/** What the tests look at in a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Runs a command of the shell, which npm is on Windows. @throws Error with what the command printed */
export async function shell(command: string, folder: string): Promise<string> {
  try {
    return (await promisify(exec)(command, { cwd: folder, env: { ...process.env, NO_COLOR: '1' } })).stdout;
  } catch (cause) {
    const printed = cause instanceof Error && 'stdout' in cause && 'stderr' in cause ? `${cause.stdout}${cause.stderr}` : String(cause);
    throw new Error(`${command}\n${printed}`, { cause });
  }
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The public packages of the repository, by their folders. */
export async function publicPackages(): Promise<ReadonlyMap<string, Manifest>> {
  const folders = (await readdir(join(root, 'packages'))).map((name) => join(root, 'packages', name));
  const found = await Promise.all(folders.map(async (folder) => [folder, await readManifest(folder)] as const));
  return new Map(found.filter(([, { private: hidden }]) => !hidden));
}

/** Packs them with the pnpm that installs the repository. */
export async function pack(target: string): Promise<readonly Packed[]> {
  const { scripts } = await readManifest(root);
  const [pnpm] = /pnpm@[\d.]+/.exec(JSON.stringify(scripts)) ?? ['pnpm'];
  await shell(`npx --yes --prefer-offline ${pnpm} -r --filter "./packages/*" pack --pack-destination "${target}"`, root);
  return Array.from(await publicPackages(), ([folder, manifest]) => ({
    name: manifest.name,
    folder,
    tarball: join(target, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`),
    manifest,
  }));
}

/** A folder of the repository at another place, without a copy. */
async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(await realpath(target), path, 'junction');
}

/**
 * A project that has the packages installed from their tarballs. What they need from elsewhere, and what a program's types need, is linked
 * from the repository: nothing is downloaded.
 */
export async function install(packed: readonly Packed[], project: string): Promise<void> {
  const modules = join(project, 'node_modules');
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  const foreign = ({ manifest }: Packed): string[] =>
    Object.keys(manifest.dependencies ?? {}).filter((name) => !packed.some((each) => each.name === name));
  const tarballs = packed.filter((each) => foreign(each).length === 0).map(({ tarball }) => `"${tarball}"`);
  await shell(`npm install --offline --no-audit --no-fund ${tarballs.join(' ')}`, project);
  // npm installs nothing offline that has dependencies from elsewhere.
  for (const each of packed.filter((one) => foreign(one).length > 0)) {
    const target = join(modules, each.name);
    await mkdir(target, { recursive: true });
    await shell(`tar -xzf "${each.tarball}" --strip-components=1`, target);
    for (const name of foreign(each)) await link(join(each.folder, 'node_modules', name), join(modules, name));
  }
  for (const types of ['@types/node', '@webgpu/types']) await link(join(root, 'node_modules', types), join(modules, types));
}
