/**
 * `npm run docs`: the reference of all packages, in out/docs. TypeDoc reads the sources with a TypeScript of its own, as the compiler of
 * this repository has no programming interface; that is why this folder is a package. A warning is a failure: it is a link that leads
 * nowhere, a tag that means nothing, or a type that a reader meets and cannot import.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Comment, OptionDefaults } from 'typedoc';
import { readArguments } from '../lib/program.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

readArguments({
  command: 'npm run docs',
  summary: 'Writes the reference of all packages to out/docs, and fails on any warning.',
  examples: ['npm run docs'],
});

/** @typedef {{ source: string, name: string, packageName: string, specifier: string }} Entry */

/**
 * What can be imported, by its source, and by the name that TypeDoc gives it. Workers are started, not imported.
 * @returns {Entry[]}
 */
function entries() {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const { name: packageName, exports } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    return Object.entries(exports).flatMap(([path, { source }]) => {
      if (source === undefined || path.endsWith('/worker')) return [];
      const file = posix.join(folder, source);
      const name = file.replace(/(\/index)?\.ts$/, '');
      // TypeDoc reads paths as patterns, in which a backslash is no part of a path.
      return [{ source: join(root, 'packages', file).replaceAll('\\', '/'), name, packageName, specifier: posix.join(packageName, path) }];
    });
  });
}

/** The paragraph that a file begins with. @param {string} file */
function introduction(file) {
  const text = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return text.replaceAll(/^ *\* ?/gm, '').trim();
}

/**
 * Modules are shown as they are imported, with what their files say of them.
 * @param {import('typedoc').ProjectReflection} project
 * @param {Entry[]} sources
 */
function nameModules(project, sources) {
  for (const module of project.children ?? []) {
    const entry = sources.find(({ name }) => name === module.name);
    if (entry === undefined) continue;
    module.name = entry.specifier;
    module.comment ??= new Comment([{ kind: 'text', text: introduction(entry.source) }]);
  }
}

/**
 * Types that readers meet by name only. The union of all methods is one: what can be read off it, names and options, is shown.
 * @type {Record<string, string[]>}
 */
const NOT_EXPORTED = { cdam: ['RegisteredMethod'] };

/**
 * TypeDoc looks for types that are shown and not exported in one package at a time, that which the project is named by.
 * @param {Application} app
 * @param {import('typedoc').ProjectReflection} project
 * @param {readonly string[]} packageNames
 */
function validate(app, project, packageNames) {
  const said = new Set();
  const warn = app.logger.validationWarning.bind(app.logger);
  app.logger.validationWarning = (message) => {
    if (!said.has(message)) warn(message);
    said.add(message);
  };
  for (const packageName of packageNames) {
    project.packageName = packageName;
    app.options.setValue('intentionallyNotExported', NOT_EXPORTED[packageName] ?? []);
    app.validate(project);
  }
}

/** What custom elements say of themselves, from which their manifest is made (scripts/lib/web.mjs). @type {import('typedoc').TagString[]} */
const ELEMENT_TAGS = ['@attr', '@cssState', '@csspart', '@cssprop', '@fires', '@slot'];

const sources = entries();
const packageNames = [...new Set(sources.map(({ packageName }) => packageName))];
const app = await Application.bootstrap({
  name: 'CDAM',
  entryPoints: sources.map(({ source }) => source),
  tsconfig: join(root, 'scripts/docs/tsconfig.json'),
  readme: 'none',
  out: join(root, 'out/docs'),
  excludeInternal: true,
  blockTags: [...OptionDefaults.blockTags, ...ELEMENT_TAGS],
  // The links to the sources would need the address of a server.
  disableSources: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true },
});
const project = await app.convert();
if (project) {
  nameModules(project, sources);
  validate(app, project, packageNames);
  await app.generateOutputs(project);
}
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
