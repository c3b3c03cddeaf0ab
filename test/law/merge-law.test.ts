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
import { line } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'
import { isWanted, parametersOf } from './histories.js'
import { drawMergeHistory, drawParting, type MergeHistory, type MergeStep, type Parting } from './merge-histories.js'
import { mergeAll, type OpenedLog, overlapsOf, withThreeLogs } from './play-merges.js'

/** Histories by default. */
const RUNS = { memory: 400, sqlite: 30, servers: 6, algebra: 150, conflicts: { memory: 60, sqlite: 8, servers: 2 } }

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

/** Two logs store other content for the same next versions of some sessions. */
function assertConflicts(runs: number, backends: readonly Backend[]): Promise<void> {
  const drawn = fc.gen().map((choose) => {
    const draw = (min: number, max: number) => choose(fc.integer, { min, max })
    const history = drawMergeHistory(draw)
    return { history, parting: drawParting(draw, history.learner) }
  })
  const holds = ({ history, parting }: { readonly history: MergeHistory; readonly parting: Parting }) =>
    withThreeLogs(backends, history, async (logs, take) => {
      for (const step of history.steps) await take(step)
      await assertResolved(logs, parting)
    })
  return fc.assert(fc.asyncProperty(drawn, holds), {
    ...parametersOf<[{ history: MergeHistory; parting: Parting }]>(runs),
    ...(process.env.IMMERSION_LAW_RUNS === undefined ? { interruptAfterTimeLimit: SHRINK_UNTIL_MS } : {}),
  })
}

async function assertResolved(logs: readonly OpenedLog[], parting: Parting): Promise<void> {
  const { sessions, versions, longer } = parting
  const [kept, other] = [logs[parting.kept] as OpenedLog, logs[parting.other] as OpenedLog]
  for (const { streamId, after, atMs } of sessions) {
    const lines = (count: number, chars: number) =>
      Array.from({ length: count }, (_, index) => line(streamId, after + 1 + index, atMs + index, chars))
    await kept.engine.append(lines(versions + longer, 3))
    await other.engine.append(lines(versions, 7))
  }
  const streamIds = sessions.map(({ streamId }) => streamId).sort()
  const others = new Set((await kept.engine.listStreams({ after: 0, limit: 1_000 })).streams.map(streamIdOf))
  for (const { streamId } of (await other.engine.listStreams({ after: 0, limit: 1_000 })).streams) others.add(streamId)
  for (const streamId of streamIds) others.delete(streamId)
  const before = await digestsOf(other.engine, others)
  const { conflicts } = await replicate(kept.engine, other.engine)
  assert.equal(conflicts.map(streamIdOf).sort(), streamIds, 'not exactly these streams are in conflict')
  assert.equal(await digestsOf(other.engine, others), before, 'something of a stream in conflict was carried')
  const conflicting = new Set([...streamIds, ...(await mergeAll(logs, streamIds))])
  await assertEqualLogs(logs, conflicting)
  for (const target of logs) {
    if (target === kept) continue
    const report = await replicate(kept.engine, target.engine, undefined, 'source')
    assert.equal(report.conflicts, [])
  }
  await assertEqualLogs(logs, await mergeAll(logs))
}

/** They agree in all streams but these, nothing is damaged, and each read model is what its ledger says. */
async function assertEqualLogs(logs: readonly OpenedLog[], without: ReadonlySet<string>): Promise<void> {
  for (const { engine } of logs) {
    assert.equal(await digestsOf(engine, without), await digestsOf((logs[0] as OpenedLog).engine, without))
    assert.equal((await engine.verify()).damage, [])
    const { changed, videosCorrected, ledgersCorrected } = await engine.rebuild({ fromLog: true })
    const rows = Object.values(changed).map(({ added, removed, corrected }) => added + removed + corrected)
    assert.is(Math.max(videosCorrected, ledgersCorrected, ...rows), 0, 'a rebuild changes rows')
  }
}

const streamIdOf = ({ streamId }: { readonly streamId: string }) => streamId

const test = suite('law of merges')

if (isWanted(MEMORY)) {
  test('three logs come to the recount of everything that any of them stored, however they are merged', async () => {
    const { applied, overlapping } = await assertConvergence(RUNS.memory, [MEMORY])
    console.log(`${applied} histories were applied completely, ${overlapping} have streams that cannot be`)
    assert.ok(applied + overlapping < MANY || (applied > overlapping && overlapping > 0))
  })

  test('sessions that went on in two ways are reported, and keeping one of the two makes all logs equal', () =>
    assertConflicts(RUNS.conflicts.memory, [MEMORY]))
}

if (isWanted(SQLITE)) {
  test('three logs on SQLite come to that recount', async () => void (await assertConvergence(RUNS.sqlite, [SQLITE])))

  test('on SQLite sessions that went on in two ways are reported and resolved', () =>
    assertConflicts(RUNS.conflicts.sqlite, [SQLITE]))
}

const withServers = requires(test, ...BACKENDS.flatMap(({ requirements }) => requirements))
if (isWanted(POSTGRES) && isWanted(MYSQL)) {
  withServers('logs on different databases come to that recount', async () => {
    await assertConvergence(RUNS.servers, [SQLITE, POSTGRES, MYSQL])
  })

  withServers('on different databases sessions that went on in two ways are reported and resolved', () =>
    assertConflicts(RUNS.conflicts.servers, [SQLITE, POSTGRES, MYSQL]),
  )
}

if (isWanted(MEMORY))
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
