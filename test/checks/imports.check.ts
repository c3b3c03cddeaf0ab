// dependency-cruiser over everything, by the rules of .dependency-cruiser.cjs. It can look at nothing and say that all is
// well, so the number of files is checked, and a small bad project shows that the rules bite.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importRules } from './import-rules.js'
import { runTool } from './run-tool.js'

const test = suite('imports')

const TOP_FOLDERS = ['src', 'projections', 'adapters', 'test', 'bench'].filter((folder) => fs.existsSync(folder))

interface Cruise {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
    }[]
  }
}

function cruise(args: readonly string[]): Cruise['summary'] {
  const ran = runTool('dependency-cruiser', 'depcruise', ['--output-type', 'json', ...args])
  if (!ran.stdout.startsWith('{')) throw new Error(ran.output)
  return (JSON.parse(ran.stdout) as Cruise).summary
}

test('every import points the way the layers do', () => {
  const { totalCruised, violations } = cruise(['--config', '.dependency-cruiser.cjs', ...TOP_FOLDERS])
  assert.equal(
    violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`),
    [],
  )
  const sources = fs
    .readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts')).length
  assert.ok(totalCruised > sources && sources > 5, `only ${totalCruised} files were looked at`)
})

/** From a file of this name, an import of that one, against this rule. */
const FORBIDDEN: readonly (readonly [from: string, to: string, rule: string])[] = [
  ['src/events/a.ts', 'src/ports/shape.ts', 'src-events-points-forward'],
  ['src/events/b.ts', 'src/ledger/fold.ts', 'src-events-points-forward'],
  ['src/ports/event-log.ts', 'src/ledger/fold.ts', 'src-ports-points-forward'],
  ['src/ports/shape.ts', 'src/events/codec.ts', 'src-ports-points-forward'],
  ['projections/c.ts', 'src/events/errors.ts', 'projections-are-pure'],
  ['projections/d.ts', 'node:fs', 'projections-are-pure'],
  ['projections/e.ts', 'src/ledger/fold.ts', 'projections-points-forward'],
  ['src/tracker/f.ts', 'src/pipeline/admission.ts', 'src-tracker-points-forward'],
  ['src/pipeline/g.ts', 'src/worker/worker.ts', 'src-pipeline-points-forward'],
  ['src/players/h.ts', 'src/cli/immersion.ts', 'src-players-points-forward'],
  ['src/ledger/i.ts', 'src/append/append.ts', 'src-ledger-points-forward'],
  ['src/ledger/j.ts', 'src/worker/worker.ts', 'src-ledger-points-forward'],
  ['src/append/k.ts', 'src/corrections/corrections.ts', 'src-append-points-forward'],
  ['src/rebuild/l.ts', 'src/engine/engine.ts', 'src-rebuild-points-forward'],
  ['src/corrections/m.ts', 'src/engine/engine.ts', 'src-corrections-points-forward'],
  ['src/retention/n.ts', 'src/engine/engine.ts', 'src-retention-points-forward'],
  ['src/analytics/o.ts', 'src/store/open-store.ts', 'src-analytics-points-forward'],
  ['src/replicate/p.ts', 'src/spool/forward.ts', 'src-replicate-points-forward'],
  ['src/csv/q.ts', 'src/store/open-store.ts', 'src-csv-points-forward'],
  ['adapters/sql/r.ts', 'adapters/server/log.ts', 'adapters-sql-points-forward'],
  ['adapters/port/s.ts', 'adapters/sql/columns.ts', 'adapters-port-points-forward'],
  ['adapters/server/t.ts', 'adapters/mysql/writer.ts', 'adapters-server-points-forward'],
  ['adapters/memory/u.ts', 'adapters/sql/columns.ts', 'adapters-memory-points-forward'],
  ['adapters/sqlite/v.ts', 'src/ledger/fold.ts', 'adapters-sqlite-points-forward'],
  ['adapters/postgres/w.ts', 'adapters/mysql/writer.ts', 'adapters-postgres-points-forward'],
  ['adapters/mysql/x.ts', 'src/events/validation.ts', 'adapters-mysql-points-forward'],
  ['src/engine/y.ts', 'src/worker/worker.ts', 'src-engine-points-forward'],
  ['src/worker/z.ts', 'src/store/open-store.ts', 'src-worker-points-forward'],
  ['src/spool/aa.ts', 'src/store/open-store.ts', 'src-spool-points-forward'],
  ['src/store/bb.ts', 'src/cli/immersion.ts', 'src-store-points-forward'],
  ['src/immersion-log.ts', 'src/engine/engine.ts', 'src-immersion-log-points-forward'],
  ['src/contract/cc.ts', 'src/store/open-store.ts', 'src-contract-points-forward'],
  ['src/contract/cases/dd.ts', 'adapters/sqlite/adapter.ts', 'src-contract-points-forward'],
  ['src/cli/ee.ts', 'src/engine/engine.ts', 'src-cli-points-forward'],
  ['src/cli/ff.ts', 'test/support/k.ts', 'product-stands-alone'],
  ['src/cli/gg.ts', 'better-sqlite3', 'drivers-only-in-adapters'],
  ['src/cli/hh.ts', 'uvu', 'product-needs-no-development-package'],
  ['src/cli/ii.ts', './nowhere.js', 'everything-is-found'],
  ['src/contract/law/recount.ts', 'src/events/errors.ts', 'recount-knows-nothing-of-the-product'],
  ['src/cli/jj.ts', 'src/cli/kk.ts', 'no-cycles'],
]

test('every rule has an example of what it forbids', () => {
  const shown = new Set(FORBIDDEN.map(([, , rule]) => rule))
  assert.equal(
    importRules()
      .map(({ name }) => name)
      .filter((name) => !shown.has(name)),
    [],
  )
})

test('each rule refuses its example', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-imports-'))
  const repository = process.cwd()
  try {
    const imports = new Map<string, string[]>()
    for (const [from, to] of FORBIDDEN) {
      const relative = to.endsWith('.ts') ? path.relative(path.dirname(from), to).replace(/\.ts$/, '.js') : to
      const specifier = to.endsWith('.ts') && !relative.startsWith('.') ? `./${relative}` : relative
      imports.set(from, [...(imports.get(from) ?? []), specifier])
      if (to.endsWith('.ts')) imports.set(to, imports.get(to) ?? [])
    }
    // Closes the cycle.
    imports.set('src/cli/kk.ts', ['./jj.js'])
    for (const [name, specifiers] of imports) {
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
      const text = specifiers.map((specifier, index) => `import * as i${index} from '${specifier}'\nvoid i${index}\n`)
      fs.writeFileSync(path.join(root, name), `${text.join('')}export {}\n`)
    }
    for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      fs.copyFileSync(name, path.join(root, name))
    }
    fs.symlinkSync(path.join(repository, 'node_modules'), path.join(root, 'node_modules'))
    const { violations } = cruiseIn(root, ['src', 'projections', 'adapters', 'test'])
    const found = new Set(violations.map(({ from, rule }) => `${from}: ${rule.name}`))
    const expected = new Set(FORBIDDEN.map(([from, , rule]) => `${from}: ${rule}`))
    // A projection that imports the ledger breaks both rules of projections.
    expected.add('projections/c.ts: projections-points-forward').add('projections/e.ts: projections-are-pure')
    assert.equal([...found].sort(), [...expected].sort())
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

function cruiseIn(folder: string, args: readonly string[]): Cruise['summary'] {
  const back = process.cwd()
  process.chdir(folder)
  try {
    return cruise(['--config', '.dependency-cruiser.cjs', ...args])
  } finally {
    process.chdir(back)
  }
}

test.run()
