// The direction of imports: the folders in the order in which data flows, and for each the folders that it may import, all
// of which stand above it. Imports of types count, because a layer that knows the types of a later one depends on it.
// docs/architecture.md has the same folders in the same order, which test/checks/architecture.check.ts checks;
// test/checks/imports.check.ts shows for every rule that it refuses an example.

const PRODUCT = '^(src|projections|adapters)/'
const DRIVERS = '(^|/)node_modules/(@types/)?(better-sqlite3|pg|pg-[^/]+|mysql2)/'

/** The shapes that layers share, so that every folder but src/events may import them. */
const PORTS = 'src/ports/'
/** The files of src/events that the ports are made of: shapes and constants. */
const SHAPES = 'src/events/(calendar|defaults|errors|measures|rows|types)[.]ts$'
/** An adapter stores rows, so it knows neither event types nor how anything is counted. */
const FOR_ADAPTERS =
  'src/events/(argument-checks|defaults|errors|measures|require-open|rows|types|checksum|stream-checksum|secrets|time-units)[.]ts$'

const MAY_IMPORT = {
  'src/events/': [],
  [PORTS]: [SHAPES],
  'projections/': [],
  'src/tracker/': ['src/events/'],
  'src/pipeline/': ['src/events/'],
  'src/players/': ['src/events/'],
  'src/ledger/': ['src/events/'],
  'src/append/': ['src/events/', 'src/ledger/'],
  'src/rebuild/': ['src/events/', 'src/ledger/'],
  'src/corrections/': ['src/events/', 'src/ledger/', 'src/append/'],
  'src/retention/': ['src/events/', 'src/ledger/'],
  'src/analytics/': ['src/events/', 'src/ledger/', 'projections/'],
  'src/replicate/': ['src/events/', 'src/ledger/', 'src/append/'],
  'src/csv/': ['src/events/'],
  'adapters/port/': [FOR_ADAPTERS],
  'adapters/sql/': [FOR_ADAPTERS, 'adapters/port/'],
  'adapters/server/': [FOR_ADAPTERS, 'adapters/port/', 'adapters/sql/'],
  'adapters/memory/': [FOR_ADAPTERS, 'adapters/port/'],
  'adapters/sqlite/': [FOR_ADAPTERS, 'adapters/port/', 'adapters/sql/'],
  'adapters/postgres/': [FOR_ADAPTERS, 'adapters/port/', 'adapters/sql/', 'adapters/server/'],
  'adapters/mysql/': [FOR_ADAPTERS, 'adapters/port/', 'adapters/sql/', 'adapters/server/'],
  'src/engine/': [
    ...['src/events/', 'src/ledger/', 'src/append/', 'src/rebuild/', 'src/corrections/', 'src/retention/'],
    ...['src/analytics/', 'src/replicate/', 'projections/', 'adapters/'],
  ],
  'src/worker/': ['src/events/', 'src/engine/'],
  'src/spool/': ['src/events/', 'src/ledger/', 'src/pipeline/', 'src/replicate/', 'src/engine/'],
  'src/store/': [
    ...['src/events/', 'src/ledger/', 'src/tracker/', 'src/pipeline/', 'src/replicate/', 'src/csv/', 'src/rebuild/'],
    ...['src/engine/', 'src/worker/', 'src/spool/', 'adapters/'],
  ],
  'src/immersion-log[.]ts$': ['src/events/', 'src/players/', 'src/store/'],
  'src/contract/': ['src/events/', 'src/ledger/', 'src/pipeline/', 'src/engine/', 'src/worker/', 'projections/'],
  'src/cli/': [
    ...['src/events/', 'src/tracker/', 'src/players/', 'src/analytics/', 'src/replicate/', 'src/csv/', 'src/store/'],
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
      name: nameOfRule(from),
      severity: 'error',
      from: { path: `^${from}` },
      to: {
        path: PRODUCT,
        pathNot: [from, ...(from === 'src/events/' ? [] : [PORTS]), ...to].map((path) => `^${path}`),
      },
    })),
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

/** `src-events-points-forward`, `adapters-sql-points-forward`. */
function nameOfRule(folder) {
  return `${folder.replace(/\[[.]\]ts\$$|\/$/g, '').replaceAll('/', '-')}-points-forward`
}
