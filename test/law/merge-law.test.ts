// The law with replication among its operations. Three logs store different events, are pruned at different times and merged
// in any order. All come to the same digests, and to the rows of a naive recount of everything that any of them stored. The
// exception is a stream of which each side pruned a part that the other did not count: it is reported.

import nodeAssert from 'node:assert/strict'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Step } from '../../src/contract/law/history.js'
import { assertRecount } from '../../src/contract/law/law.js'
import { recount } from '../../src/contract/law/recount.js'
import { replicate } from '../../src/replicate/replicate.js'
import { digestsOf, rowsOf } from '../replicate/logs.js'
import { BACKENDS, type Backend, MEMORY, MYSQL, POSTGRES, SQLITE } from '../support/backends.js'
import { requires } from '../support/requires.js'
import { parametersOf } from './histories.js'
import { drawMergeHistory, type MergeHistory, type MergeStep } from './merge-histories.js'
import { mergeAll, type OpenedLog, overlapsOf, withThreeLogs } from './play-merges.js'

/** Histories by default. */
const RUNS = { memory: 400, sqlite: 30, servers: 6, algebra: 150 }

/** A failure is shrunk for at most this long, and then reported. */
const SHRINK_UNTIL_MS = 300_000
/** Among this many histories there are some of each kind. */
const MANY = 100

const NONE: ReadonlySet<string> = new Set()

function assertAlways(runs: number, holds: (history: MergeHistory) => Promise<void>): Promise<void> {
  const histories = fc.gen().map((choose) => drawMergeHistory((min, max) => choose(fc.integer, { min, max })))
  return fc.assert(fc.asyncProperty(histories, holds), {
    ...parametersOf<[MergeHistory]>(runs),
    ...(process.env.IMMERSION_LAW_RUNS === undefined ? { interruptAfterTimeLimit: SHRINK_UNTIL_MS } : {}),
  })
}

/** Resolves to the streams whose summaries could not be applied. */
function assertConverges(history: MergeHistory, backends: readonly Backend[]): Promise<ReadonlySet<string>> {
  const { learner, steps, dayStartsAtHour } = history
  return withThreeLogs(backends, history, async (logs, take) => {
    for (const step of steps) await take(step)
    const overlaps = await mergeAll(logs)
    const [first, ...others] = logs as [OpenedLog, ...OpenedLog[]]
    for (const other of others)
      nodeAssert.deepEqual(await digestsOf(other.engine, overlaps), await digestsOf(first.engine, overlaps))
    for (const { engine } of logs) nodeAssert.deepEqual((await engine.verify()).damage, [])
    if (overlaps.size > 0) return overlaps
    const appends = steps.flatMap((step): readonly Step[] => (step.kind === 'append' ? [{ ...step, engine: 0 }] : []))
    const retention = { detailMs: 0, telemetryMs: 0, dailyDays: 0, monthlyMonths: 0 }
    const settings = { dayStartsAtHour, retention }
    const expected = recount({ ...learner, steps: appends, settings })
    for (const { reopen } of logs) {
      // The program's own projection is new to these logs, so it is rebuilt from the merged ledger.
      await assertRecount({ ...learner, steps: [], settings }, expected, reopen, 1)
    }
    return overlaps
  })
}

async function assertConvergence(runs: number, backends: readonly Backend[]) {
  const counts = { applied: 0, overlapping: 0 }
  await assertAlways(runs, async (history) => {
    const overlaps = await assertConverges(history, backends)
    counts[overlaps.size === 0 ? 'applied' : 'overlapping'] += 1
  })
  return counts
}

/** Merges the same three logs in two ways, after which the named logs must be equal. */
async function assertSame(
  history: MergeHistory,
  ways: readonly { readonly merges: readonly (readonly [into: number, from: number])[]; readonly log: number }[],
): Promise<void> {
  const steps = history.steps.filter((step): step is MergeStep => step.kind !== 'merge')
  const results: { readonly digests: unknown; readonly rows: unknown }[] = []
  let overlaps = NONE
  for (const { merges, log } of ways) {
    await withThreeLogs([MEMORY], history, async (logs, take) => {
      for (const step of steps) await take(step)
      for (const [into, from] of merges) {
        const [target, source] = [logs[into] as OpenedLog, logs[from] as OpenedLog]
        overlaps = new Set([...overlaps, ...overlapsOf([await replicate(source.engine, target.engine)])])
        const again = await replicate(source.engine, target.engine)
        assert.equal([again.events, again.summaries], [0, 0], 'a second merge carries something')
      }
      const result = logs[log] as OpenedLog
      results.push({ digests: await digestsOf(result.engine), rows: await rowsOf(result.engine) })
    })
  }
  const [one, other] = results
  if (overlaps.size === 0) nodeAssert.deepEqual(other, one)
}

const test = suite('law of merges')

test('three logs come to the recount of everything that any of them stored, however they are merged', async () => {
  const { applied, overlapping } = await assertConvergence(RUNS.memory, [MEMORY])
  console.log(`${applied} histories were applied completely, ${overlapping} have streams that cannot be`)
  assert.ok(applied + overlapping < MANY || (applied > overlapping && overlapping > 0))
})

test('three logs on SQLite come to that recount', async () => void (await assertConvergence(RUNS.sqlite, [SQLITE])))

requires(test, ...BACKENDS.flatMap(({ requirements }) => requirements))(
  'logs on different databases come to that recount',
  async () => {
    await assertConvergence(RUNS.servers, [SQLITE, POSTGRES, MYSQL])
  },
)

test('a merge is idempotent, commutative and associative', () =>
  assertAlways(RUNS.algebra, async (history) => {
    await assertSame(history, [
      { merges: [[0, 1]], log: 0 },
      { merges: [[1, 0]], log: 1 },
    ])
    await assertSame(history, [
      {
        merges: [
          [0, 1],
          [0, 2],
        ],
        log: 0,
      },
      {
        merges: [
          [1, 2],
          [0, 1],
        ],
        log: 0,
      },
    ])
  }))

test.run()
