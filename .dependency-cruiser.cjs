// Which way imports may go, in the order in which data flows (docs/architecture.md). Types count as imports: a type that
// points back is a layer that knows too much. What a rule forbids is shown by test/checks/imports.check.ts on an example
// of each.

/** The ports and shapes that the layers share; types, and the constants that belong to them. They are below everything. */
const CONTRACTS = ['^src/ports/']
const PRODUCT = '^(src|projections|adapters)/'
const DRIVERS = '(^|/)node_modules/(@types/)?(better-sqlite3|pg|pg-[^/]+|mysql2)/'

/** A folder may import itself, the contracts, and these. */
const MAY_IMPORT = {
  '^src/tracker/': ['^src/events/'],
  '^src/ledger/': ['^src/events/', '^projections/'],
  '^src/replicate/': ['^src/events/', '^src/ledger/'],
  '^src/csv/': ['^src/events/'],
  '^src/analytics/': ['^src/events/', '^src/ledger/', '^projections/'],
  '^src/corrections/': ['^src/events/', '^src/ledger/'],
  '^src/retention/': ['^src/events/', '^src/ledger/'],
  '^src/pipeline/': ['^src/events/'],
  '^src/worker/': [
    ...['^src/events/', '^src/ledger/', '^src/corrections/', '^src/retention/', '^src/analytics/', '^src/pipeline/'],
    ...['^projections/', '^adapters/'],
  ],
  '^src/store/': [
    ...['^src/events/', '^src/ledger/', '^src/tracker/', '^src/pipeline/', '^src/replicate/', '^src/worker/'],
    '^src/csv/',
    '^adapters/',
  ],
  '^src/players/': ['^src/events/'],
  '^src/contract/': [
    ...['^src/events/', '^src/ledger/', '^src/pipeline/', '^src/worker/', '^projections/'],
    '^adapters/contract/',
  ],
  '^adapters/': ['^src/events/(errors|measures|types|checksum|secrets)[.]ts$'],
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'everything-is-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'drivers-only-in-adapters',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { path: DRIVERS },
    },
    {
      name: 'projections-are-pure',
      severity: 'error',
      from: { path: '^projections/' },
      to: { pathNot: ['^projections/', '^src/ports/projection[.]ts$'] },
    },
    {
      name: 'events-are-the-ground',
      severity: 'error',
      from: { path: '^src/events/' },
      to: {
        path: PRODUCT,
        pathNot: ['^src/events/', '^src/ports/(event-log|defaults)[.]ts$', '^src/ports/projection[.]ts$'],
      },
    },
    ...Object.entries(MAY_IMPORT).map(([from, to]) => ({
      name: `${from
        .replace(/[^a-z]/g, ' ')
        .trim()
        .replace(' ', '-')}-points-forward`,
      severity: 'error',
      from: { path: from, pathNot: CONTRACTS },
      to: { path: PRODUCT, pathNot: [from, ...CONTRACTS, ...to] },
    })),
    {
      name: 'contracts-are-types',
      severity: 'error',
      from: { path: CONTRACTS },
      to: { path: PRODUCT, pathNot: [...CONTRACTS, '^src/events/(errors|measures|types)[.]ts$'] },
    },
    {
      name: 'product-stands-alone',
      severity: 'error',
      from: { path: PRODUCT },
      to: { path: ['^(test|bench)/'] },
    },
    {
      name: 'product-needs-no-development-package',
      severity: 'error',
      from: { path: PRODUCT },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'recount-knows-nothing-of-the-product',
      severity: 'error',
      from: { path: '^src/contract/(recount|rules|history|sittings|commands|draw)[.]ts$' },
      to: { path: PRODUCT, pathNot: '^src/contract/(rules|history|sittings|commands|draw)[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
}
