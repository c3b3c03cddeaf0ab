// Retention on every database that ships: what goes, what never does, and that whatever comes afterwards (the same events
// again, late ones, a second run, a rebuild, a wider window, a program that knows less) leaves the sums as they were.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import type { NewEvent } from '../../src/events/types.js'
import type { EventLog } from '../../src/ports/event-log.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { defineProjection, type Projection, projectionId } from '../../src/ports/projection.js'
import { BACKENDS, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { event, idOf, line, started } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 2, 2, 12)
/** 2026-03-02 */
const TODAY = Math.floor(NOW_MS / DAY_MS)
const KEPT_MODELS = ['sessions', 'videos', 'calendar', 'hours']
const [OLD, RECENT, OTHER] = [idOf(1), idOf(2), idOf(3)]

function heartbeat(streamId: string, version: number, atMs: number): NewEvent {
  return event(streamId, version, {
    type: 'telemetry.sampled',
    atMs,
    measures: { watchedMs: 15_000, activeMs: 15_000 },
  })
}

/** A start, lines and heartbeats of one evening; six events. */
function session(streamId: string, videoKey: string, atMs: number): readonly NewEvent[] {
  return [
    started(streamId, 1, videoKey, 'ja', atMs),
    line(streamId, 2, atMs + 1_000),
    heartbeat(streamId, 3, atMs + 2_000),
    line(streamId, 4, atMs + 20_000),
    heartbeat(streamId, 5, atMs + 30_000),
    event(streamId, 6, { type: 'session.ended', atMs: atMs + 45_000, payload: { reason: 'finished' } }),
  ]
}

/** 400 days, 20 days and 2 days before now. */
const HISTORY = [
  ...session(OLD, 'local:/a', NOW_MS - 400 * DAY_MS),
  ...session(OTHER, 'local:/b', NOW_MS - 20 * DAY_MS),
  ...session(RECENT, 'local:/a', NOW_MS - 2 * DAY_MS),
]

/** Lines by the hour of day, cut by the day: known to one of two programs only. */
const ownProjection = defineProjection({
  name: 'own_days',
  version: 1,
  key: { day: 'integer' },
  window: { column: 'day', unit: 'day' },
  keyOf: (entry, _stream, calendar) => ({ day: calendar.dayOf(entry) }),
})

interface Opened {
  readonly engine: LogEngine
  readonly log: EventLog
  setNow(ms: number): void
  /** Another program on the same log. */
  open(projections?: readonly Projection[]): Promise<LogEngine>
}

for (const backend of BACKENDS) {
  const test = suite(`retention: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)

  function onLog(name: string, work: (opened: Opened) => Promise<void>, events = HISTORY): void {
    withBackend(name, async () => {
      const adapter = await backend.adapter()
      await withFreshLog(backend, async ({ storage }) => {
        let nowMs = NOW_MS
        const logs: EventLog[] = []
        const open = async (projections: readonly Projection[] = BUILT_IN_PROJECTIONS) => {
          const log = await adapter.openEventLog({ storage, tables: projections.map(rowTableOf), readOnly: false })
          logs.push(log)
          const clock = { nowMs: () => nowMs, utcOffsetMin: () => 0 }
          return createLogEngine({ log, profile: 'default', settings: { dayStartsAtHour: 4 }, projections, clock })
        }
        try {
          const engine = await open()
          await engine.append(events)
          const setNow = (ms: number): void => {
            nowMs = ms
          }
          await work({ engine, log: logs[0] as EventLog, open, setNow })
        } finally {
          for (const log of logs) await log.close()
        }
      })
    })
  }

  onLog('takes detail and telemetry past their windows, old days, and no total', async ({ engine }) => {
    const before = await tablesOf(engine, KEPT_MODELS)
    const report = await engine.retain({})
    assert.equal([report.outcome, report.pruned.detail, report.pruned.telemetry], ['retained', 4, 2])
    assert.equal(report.rowsFrom, { day: TODAY - 365, month: 202_103 })
    assert.equal(report.rowsRemoved, { 'daily@1': 1, 'monthly@1': 0 })
    assert.equal(await tablesOf(engine, KEPT_MODELS), before)
    assert.equal(await heldOf(engine), [`${OLD} 1,6`, `${RECENT} 1,2,3,4,5,6`, `${OTHER} 1,3,5,6`])
    const { days, rowsFrom } = await engine.analyze('daily')
    assert.equal([days.map(({ localDay }) => TODAY - localDay), rowsFrom], [[2, 20], TODAY - 365])
    assert.is((await engine.analyze('daily', { fromDay: TODAY - 365 })).rowsFrom, null)
    await assertRight(engine)
  })

  onLog('the same events again, a second run and late events change nothing but by what is new', async ({ engine }) => {
    await engine.retain({})
    const after = await tablesOf(engine, KEPT_MODELS)
    const again = await engine.append(HISTORY)
    assert.equal([again.appended, again.present], [0, HISTORY.length])
    const { pruned } = await engine.retain({})
    assert.equal([pruned.detail, pruned.telemetry], [0, 0])
    assert.equal(await tablesOf(engine, KEPT_MODELS), after)
    // A device that was offline: two more lines of the session whose detail is gone.
    const late = [line(OLD, 7, NOW_MS - 400 * DAY_MS), line(OLD, 8, NOW_MS - 400 * DAY_MS)]
    assert.is((await engine.append(late)).appended, 2)
    assert.is((await engine.append(late)).appended, 0)
    assert.is((await engine.analyze('session', OLD)).session.measures.lines, 4)
    await assertRight(engine)
    assert.is((await engine.retain({})).pruned.detail, 2)
    assert.is((await engine.append(late)).appended, 0)
    assert.is((await engine.analyze('session', OLD)).session.measures.lines, 4)
    await assertRight(engine)
  })

  onLog('a wider window brings its rows back, and only retention takes them out again', async ({ engine, open }) => {
    const all = await tablesOf(engine, ['daily', 'monthly'])
    await engine.retain({})
    const cut = await tablesOf(engine, ['daily', 'monthly'])
    assert.not.equal(cut, all)
    await engine.configure({ retention: { dailyDays: 400 } })
    assert.equal(await tablesOf(engine, ['daily', 'monthly']), all)
    await engine.configure({ retention: { dailyDays: 365 } })
    assert.equal(await tablesOf(engine, ['daily', 'monthly']), all)
    await engine.retain({})
    assert.equal(await tablesOf(engine, ['daily', 'monthly']), cut)
    await engine.configure({ retention: { dailyDays: 0, monthlyMonths: 1 } })
    const other = await open()
    await other.retain({})
    assert.equal(await tablesOf(engine, ['daily']), [all[0]])
    assert.is((await engine.analyze('monthly')).rowsFrom, 202_602)
    assert.equal((await engine.settings()).retention.dailyDays, 0)
    await assertRight(engine)
    await assertRight(other)
  })

  onLog('a clock that jumped is only noted, and the next run does what is due', async ({ engine, setNow }) => {
    setNow(NOW_MS + 2000 * DAY_MS)
    assert.is((await engine.retain({ dryRun: true })).outcome, 'noted')
    const noted = await engine.retain({})
    assert.equal([noted.outcome, noted.pruned.detail, noted.rowsRemoved], ['noted', 0, {}])
    setNow(NOW_MS)
    const back = await engine.retain({})
    assert.equal([back.outcome, back.pruned.detail, back.rowsFrom.day], ['retained', 4, TODAY - 365])
    setNow(NOW_MS + 60 * DAY_MS)
    // The present session has the same clock, so it proves nothing.
    await engine.append(session(idOf(9), 'local:/c', NOW_MS + 60 * DAY_MS - 60_000))
    assert.is((await engine.retain({})).outcome, 'noted')
    const { outcome, pruned } = await engine.retain({})
    assert.equal([outcome, pruned.detail], ['retained', 2])
    await assertRight(engine)
  })

  onLog('a dry run says what would go and changes nothing', async ({ engine, log }) => {
    const before = await everything(log)
    const dry = await engine.retain({ dryRun: true })
    assert.equal(await everything(log), before)
    const real = await engine.retain({})
    assert.equal(dry.pruned, real.pruned)
    assert.equal([dry.rowsRemoved, dry.rowsFrom], [real.rowsRemoved, real.rowsFrom])
  })

  onLog('a run that is not due does nothing', async ({ engine, setNow }) => {
    await engine.retain({})
    setNow(NOW_MS + DAY_MS - 1)
    assert.is((await engine.retain({ dueAfterMs: DAY_MS })).outcome, 'not-due')
    setNow(NOW_MS + DAY_MS)
    assert.is((await engine.retain({ dueAfterMs: DAY_MS })).outcome, 'retained')
  })

  onLog('a program that does not know a projection with a window leaves it to be rebuilt', async ({ engine, open }) => {
    const knows = await open([...BUILT_IN_PROJECTIONS, ownProjection])
    assert.is(await rowCount(knows, 'own_days@1'), 3)
    await engine.retain({})
    assert.is(await rowCount(knows, 'own_days@1'), 2)
    await assertRight(knows)
    // One that is registered over a log that was pruned long ago is exact at once.
    const { window: _none, ...unbounded } = ownProjection
    const other = defineProjection({ ...unbounded, name: 'whole_life' })
    const fresh = await open([...BUILT_IN_PROJECTIONS, other])
    const { rows } = await fresh.analyze('rows', { projection: projectionId(other) })
    assert.equal(
      rows.map(({ measures }) => [measures.lines, measures.activeMs]),
      [
        [2, 30_000],
        [2, 30_000],
        [2, 30_000],
      ],
    )
  })

  onLog('windows of 0 keep everything', async ({ engine, log }) => {
    await engine.configure({ retention: { detailMs: 0, telemetryMs: 0, dailyDays: 0, monthlyMonths: 0 } })
    const held = await heldOf(engine)
    const { pruned, rowsFrom } = await engine.retain({})
    assert.equal([pruned.detail, pruned.telemetry, rowsFrom], [0, 0, { day: null, month: null }])
    assert.equal(await heldOf(engine), held)
    const { settings } = await log.read('default', (snapshot) => snapshot.head())
    assert.equal(settings.retention, { detailMs: 0, telemetryMs: 0, dailyDays: 0, monthlyMonths: 0 })
  })

  test.run()
}

async function tablesOf(engine: LogEngine, names: readonly string[]): Promise<readonly unknown[]> {
  const tables: unknown[] = []
  for (const name of names) tables.push((await engine.analyze('rows', { projection: `${name}@1` })).rows)
  return tables
}

async function rowCount(engine: LogEngine, projection: string): Promise<number> {
  return (await engine.analyze('rows', { projection })).rows.length
}

/** `stream versions`, by stream. */
async function heldOf(engine: LogEngine): Promise<readonly string[]> {
  const events = await engine.exportPage({ afterStreamId: '', afterVersion: 0, limit: 1_000 })
  const versions = new Map<string, number[]>()
  for (const { streamId, version } of events) versions.set(streamId, [...(versions.get(streamId) ?? []), version])
  return [...versions].map(([streamId, held]) => `${streamId} ${held.join()}`).sort()
}

function everything(log: EventLog): Promise<unknown> {
  return log.read('default', async (snapshot) => ({
    head: await snapshot.head(),
    streams: await snapshot.streams({}),
    events: await snapshot.events({ after: 0, limit: 1_000 }),
    daily: await snapshot.rows({ projection: 'daily@1' }),
  }))
}

async function assertRight(engine: LogEngine): Promise<void> {
  assert.equal((await engine.verify()).damage, [])
  const { changed, videosCorrected } = await engine.rebuild({})
  const counts = Object.values(changed).flatMap(({ added, removed, corrected }) => [added, removed, corrected])
  assert.equal([...new Set(counts), videosCorrected], [0, 0])
  const fromLog = await engine.rebuild({ fromLog: true })
  assert.is(fromLog.ledgersCorrected, 0)
}
