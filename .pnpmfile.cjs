/**
 * What leaves the repository in a package. The export condition `source` is for this repository, whose tests and types read the sources:
 * somebody else's tools may know a condition of the same name, and would then be given TypeScript, and WGSL that they have no loader for.
 */
const withoutSource = (target) => {
  if (typeof target !== 'object') return target;
  const { source: _, ...rest } = target;
  return rest;
};

module.exports = {
  hooks: {
    beforePacking: ({ exports, ...manifest }) => ({
      ...manifest,
      exports: Object.fromEntries(Object.entries(exports).map(([path, target]) => [path, withoutSource(target)])),
    }),
  },
};
