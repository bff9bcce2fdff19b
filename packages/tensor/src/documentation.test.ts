/**
 * The documentation is checked: every `@example` in the sources compiles and gives what its comments say, and every function that the
 * package exports has an example and says when it throws.
 *
 * An example may use everything that `index.ts` exports, and a reference backend called `backend`. A line `expression; // text` claims
 * that the expression, made a string, is that text.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from './index.ts';

/** A documented declaration. */
interface Documented {
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  readonly text: string;
}

/** An example as the generated module has it. */
interface Example {
  readonly run: (backend: library.Backend, claim: (value: unknown, text: string) => void) => Promise<void>;
}

const files = (await readdir(import.meta.dirname, { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file)).toSorted();
const documented = (await Promise.all(files.map(documentedIn))).flat();
const examples = documented.filter(({ text }) => /^@example/m.test(text));
const exported = new Set(Object.entries(library).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])));

/** All declarations of a file; `text` is empty where there is no documentation. A comment at the top of a file counts as one too. */
async function documentedIn(file: string): Promise<Documented[]> {
  const source = await readFile(join(import.meta.dirname, file), 'utf8');
  const pattern = /^(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?(?:export (?:async )?(function|class|interface|type|const) (\w+)|(?=import ))/gm;
  return [...source.matchAll(pattern)].map(([, text = '', kind = '', name = 'the file']) => ({
    file: file.replaceAll('\\', '/'),
    name,
    kind,
    text: text.replaceAll(/^ \* ?/gm, '').trim(),
  }));
}

/** The lines of an example, with its claims turned into calls. */
function codeOf({ text }: Documented): string {
  const code = /@example\s([\s\S]*?)(?:\n@|$)/.exec(text)?.[1] ?? '';
  return code.replaceAll(
    /^(?!const |let |using |for )(\S.*); \/\/ (.+)$/gm,
    (_, value, claim) => `claim(${value}, ${JSON.stringify(claim)});`,
  );
}

function moduleOf(all: readonly Documented[]): string {
  const body = all.map((each) => `{ async run(backend, claim) { {\n${codeOf(each)}\n} } },`);
  return `import { ${Object.keys(library).join(', ')} } from '../../src/index.ts';
import type { Backend } from '../../src/index.ts';
import { conformanceCases as cases } from '../../src/conformance/index.ts';
const conformanceCases = cases.slice(0, 3);
export const examples: { run(backend: Backend, claim: (value: unknown, text: string) => void): Promise<void> }[] = [
${body.join('\n')}
];`;
}

/** Lists in brackets, everything else as a string has it. */
function shown(value: unknown): string {
  const list = Array.isArray(value) || ArrayBuffer.isView(value);
  return list ? `[${Array.from(value as ArrayLike<unknown>).join(', ')}]` : String(value);
}

describe('the examples of the documentation', () => {
  let folder: string;
  let runnable: readonly Example[];
  beforeAll(async () => {
    const cache = join(import.meta.dirname, '../.cache');
    await mkdir(cache, { recursive: true });
    folder = await mkdtemp(join(cache, 'examples-'));
    await writeFile(join(folder, 'examples.ts'), moduleOf(examples));
    ({ examples: runnable } = await import(pathToFileURL(join(folder, 'examples.ts')).href));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('compile', async () => {
    const require = createRequire(import.meta.url);
    const compiler = join(require.resolve('typescript/package.json'), '..', require('typescript/package.json').bin.tsc);
    const base = join(import.meta.dirname, '../../../tsconfig.base.json');
    const compilerOptions = {
      types: [],
      noUnusedLocals: false,
      noUnusedParameters: false,
      declaration: false,
      isolatedDeclarations: false,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: base, compilerOptions, files: ['examples.ts'] }));
    const run = promisify(execFile)(process.execPath, [compiler, '-p', folder]);
    const complaints = await run.then(
      () => '',
      ({ stdout }) => stdout,
    );
    expect(complaints).toBe('');
  });

  it('stand before a declaration, where they are found', async () => {
    const sources = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file), 'utf8')));
    expect(sources.join('\n').match(/^ *\* @example/gm)).toHaveLength(examples.length);
  });

  it.each(examples.map(({ file, name }, i) => [`${file}: ${name}`, i] as const))('%s', async (name, i) => {
    const claims: [actual: string, claimed: string][] = [];
    await runnable[i]?.run(library.createReferenceBackend(), (value, text) => claims.push([shown(value), text]));
    for (const [actual, claimed] of claims) expect(actual).toBe(claimed);
    if (!name.startsWith('conformance/')) expect(claims, 'the example claims nothing: write `expression; // its text`').not.toEqual([]);
  });
});

describe('the documentation of', () => {
  // The reference backend and the conformance suite have functions of the same names as operations.
  const own = documented.filter(({ file }) => file === 'reference/backend.ts' || !/^(reference|conformance)\//.test(file));
  const functions = own.filter(({ name, kind }) => exported.has(name) && (kind === 'function' || kind === 'class'));
  const operations = documented.filter(
    ({ file, kind, text }) => file.startsWith('ops/') && kind === 'function' && !text.includes('@internal'),
  );

  it.each(functions)('$name has an example, and says when it throws', ({ kind, text }) => {
    expect(text).toContain('@example');
    if (kind === 'function') expect(text).toMatch(/@throws TensorError|Cannot fail\./);
  });

  it.each(operations)('$name ($file) has the shapes, the errors and an example; index.ts exports it', ({ name, text }) => {
    expect(text).toMatch(/@param/);
    expect(text).toMatch(/@returns/);
    expect(text).toMatch(/@throws TensorError|Cannot fail\./);
    expect(text).toContain('@example');
    expect(exported).toContain(name);
  });

  it('covers every function and class that index.ts exports', () => {
    expect(functions.map(({ name }) => name).toSorted()).toEqual([...exported].toSorted());
  });
});
