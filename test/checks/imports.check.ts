// dependency-cruiser over everything, by the rules of .dependency-cruiser.cjs. It can look at nothing and say that all is
// well, so the number of files is checked, and a small bad project shows that the rules bite.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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
  ['src/events/a.ts', 'src/ledger/fold.ts', 'events-are-the-ground'],
  ['src/ledger/b.ts', 'src/worker/worker.ts', 'src-ledger-points-forward'],
  ['src/tracker/c.ts', 'src/pipeline/admission.ts', 'src-tracker-points-forward'],
  ['src/analytics/d.ts', 'src/store/open-store.ts', 'src-analytics-points-forward'],
  ['src/players/e.ts', 'src/cli/immersion.ts', 'src-players-points-forward'],
  ['src/pipeline/f.ts', 'src/worker/worker.ts', 'src-pipeline-points-forward'],
  ['src/csv/p.ts', 'src/store/open-store.ts', 'src-csv-points-forward'],
  ['src/contract/o.ts', 'src/store/open-store.ts', 'src-contract-points-forward'],
  ['adapters/g.ts', 'src/ledger/fold.ts', 'adapters-points-forward'],
  ['projections/h.ts', 'src/events/errors.ts', 'projections-are-pure'],
  ['projections/i.ts', 'node:fs', 'projections-are-pure'],
  ['src/ports/event-log.ts', 'src/ledger/fold.ts', 'contracts-are-types'],
  ['src/cli/j.ts', 'test/support/k.ts', 'product-stands-alone'],
  ['src/cli/l.ts', 'better-sqlite3', 'drivers-only-in-adapters'],
  ['src/cli/m.ts', 'uvu', 'product-needs-no-development-package'],
  ['src/contract/law/recount.ts', 'src/events/errors.ts', 'recount-knows-nothing-of-the-product'],
  ['src/cli/n.ts', './nowhere.js', 'everything-is-found'],
]

test('each rule refuses an example of what it forbids', () => {
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
    assert.equal(
      violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort(),
      FORBIDDEN.map(([from, , rule]) => `${from}: ${rule}`).sort(),
    )
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
