/** The rooms of this package have an order: a file imports from its own room and from the rooms before it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { expect, it } from 'vitest';

const ROOMS = ['closed-form', 'targets', 'view', 'maps', 'steps', 'basis', 'concepts', 'methods', 'metrics'];

const source = import.meta.dirname;

function filesOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesOf(path);
    return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : [];
  });
}

function roomOf(path: string): string | undefined {
  const [room = '', inside] = relative(source, path).split(sep);
  return inside === undefined ? undefined : room;
}

it('every folder is a room of the list, and every room a folder', () => {
  const folders = readdirSync(source).filter((name) => statSync(join(source, name)).isDirectory());
  expect(folders.sort()).toEqual(ROOMS.toSorted());
});

it('the README lists the rooms in their order', () => {
  const readme = readFileSync(join(source, '..', 'README.md'), 'utf8');
  expect(Array.from(readme.matchAll(/^\| `([\w-]+)` \| [^|]+ \|$/gm), ([, room]) => room)).toEqual(ROOMS);
});

it('nothing imports upward', () => {
  const upward = filesOf(source).flatMap((file) => {
    const room = roomOf(file);
    if (room === undefined) return [];
    const imports = Array.from(readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g), ([, path = '']) => resolve(file, '..', path));
    const higher = imports.filter((path) => {
      const other = roomOf(path);
      return other === undefined ? !path.endsWith('errors.ts') : ROOMS.indexOf(other) > ROOMS.indexOf(room);
    });
    return higher.map((path) => `${relative(source, file)} imports ${relative(source, path)}`);
  });
  expect(upward).toEqual([]);
});
