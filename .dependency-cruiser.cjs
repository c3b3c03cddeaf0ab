// Which way imports may go, in the order in which data flows (docs/architecture.md). Types count as imports: a type that
// points back is a layer that knows too much. What a rule forbids is shown by test/checks/imports.check.ts on an example
// of each.

/** The ports and shapes that the layers share; types, and the constants that belong to them. They are below everything. */
const CONTRACTS = ['^src/ports/']
const PRODUCT = '^(src|projections|adapters)/'
const DRIVERS = '(^|/)node_modules/(@types/)?(better-sqlite3|pg|pg-[^/]+|mysql2)/'

/**
 * The folders in the order in which data flows. A folder may import itself, the contracts and the folders that are listed
 * beside it. Each of these stands above it in this list, so that no arrow can point back.
 */
const MAY_IMPORT = {
  '^src/events/': [],
  '^src/tracker/': ['^src/events/'],
  '^src/pipeline/': ['^src/events/'],
  '^src/players/': ['^src/events/'],
  '^src/ledger/': ['^src/events/'],
  '^src/append/': ['^src/events/', '^src/ledger/'],
  '^src/rebuild/': ['^src/events/', '^src/ledger/'],
  '^src/corrections/': ['^src/events/', '^src/ledger/', '^src/append/'],
  '^src/retention/': ['^src/events/', '^src/ledger/'],
  '^src/analytics/': ['^src/events/', '^src/ledger/', '^projections/'],
  '^src/replicate/': ['^src/events/', '^src/ledger/', '^src/append/'],
  '^src/csv/': ['^src/events/'],
  '^adapters/': [
    '^src/events/(argument-checks|errors|measures|types|rows|checksum|stream-checksum|secrets|time-units)[.]ts$',
  ],
  '^src/engine/': [
    ...['^src/events/', '^src/ledger/', '^src/append/', '^src/rebuild/', '^src/corrections/', '^src/retention/'],
    ...['^src/analytics/', '^src/replicate/', '^projections/', '^adapters/'],
  ],
  '^src/worker/': ['^src/events/', '^src/engine/'],
  '^src/spool/': ['^src/events/', '^src/ledger/', '^src/pipeline/', '^src/replicate/', '^src/engine/', '^src/worker/'],
  '^src/store/': [
    ...['^src/events/', '^src/ledger/', '^src/tracker/', '^src/pipeline/', '^src/replicate/', '^src/csv/'],
    ...['^src/rebuild/', '^src/engine/', '^src/worker/', '^src/spool/', '^adapters/'],
  ],
  '^src/contract/': [
    ...['^src/events/', '^src/ledger/', '^src/pipeline/', '^src/engine/', '^src/worker/', '^projections/'],
  ],
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
    ...Object.entries(MAY_IMPORT).map(([from, to]) => ({
      name: `${from
        .replace(/[^a-z]/g, ' ')
        .trim()
        .replace(' ', '-')}-points-forward`,
      severity: 'error',
      from: { path: from, pathNot: CONTRACTS },
      to: { path: PRODUCT, pathNot: [from, ...(from === '^src/events/' ? [] : CONTRACTS), ...to] },
    })),
    {
      name: 'contracts-are-types',
      severity: 'error',
      from: { path: CONTRACTS },
      to: {
        path: PRODUCT,
        pathNot: [...CONTRACTS, '^src/events/(calendar|defaults|errors|measures|rows|types)[.]ts$'],
      },
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
      from: { path: '^src/contract/law/(recount|rules|history|sessions|corrections|draw)[.]ts$' },
      to: { path: PRODUCT, pathNot: '^src/contract/law/(rules|history|sessions|corrections|draw)[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
}
