// One run of retention: it deletes detail and telemetry past their windows, then rows of read models past theirs, then gives
// free space back. The run uses its start time as now. Every step is a short transaction that leaves the log correct, so a
// run that was interrupted is completed by the next one.

import { setTimeout } from 'node:timers/promises'
import { localDayOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import { negated } from '../events/measures.js'
import { DAY_MS } from '../events/time-units.js'
import { ALL_ROWS, damagedSettings, later, rowsFromOf, sameRules, windowsOf } from '../ledger/settings.js'
import { readStreams } from '../ledger/stream-state.js'
import type { EventLog, Head, LogSnapshot, LogWrites, Retained } from '../ports/event-log.js'
import { type Projection, projectionId } from '../ports/projection.js'
import type { PassProgress, RetainOptions, RetainReport } from '../ports/report-types.js'
import { headWrites, prune } from './prune.js'

/** A clock that is further ahead of the last event has jumped, or the learner was away. Waiting for a run costs nothing. */
const JUMP_MS = 30 * DAY_MS
/** Pause between two steps of giving space back, so that appends come in between. */
const VACUUM_PAUSE_MS = 5

export async function retain(
  log: EventLog,
  profile: string,
  projections: readonly Projection[],
  clock: WallClock,
  { dryRun = false, dueAfterMs = 0, vacuumAfterMs }: RetainOptions,
  onProgress: (progress: PassProgress) => void,
): Promise<RetainReport> {
  const nowMs = clock.nowMs()
  const head = await log.read(profile, (snapshot) => snapshot.head())
  const before = await log.stats()
  checkSettings(profile, head)
  const { retained } = head.settings
  const report = (done: Partial<RetainReport>): RetainReport => ({
    outcome: 'retained',
    asOfRevision: head.revision,
    dryRun,
    pruned: { detail: 0, telemetry: 0, aboutBytes: 0 },
    rowsFrom: retained?.rowsFrom ?? ALL_ROWS,
    rowsRemoved: {},
    freedBytes: 0,
    bytesBefore: before.totalBytes,
    bytesAfter: before.totalBytes,
    ...done,
    elapsedMs: clock.nowMs() - nowMs,
  })
  if (retained !== undefined && dueAfterMs > 0 && isWithin(nowMs, retained.atMs, dueAfterMs)) {
    return report({ outcome: 'not-due' })
  }
  if (await hasJumped(log, profile, head, nowMs)) {
    return report({ outcome: 'noted', ...(!dryRun && { asOfRevision: await note(log, profile, { atMs: nowMs }) }) })
  }

  const { pruned, keptBytes } = await prune(log, profile, nowMs, windowsOf(head.settings), dryRun, onProgress)
  const today = localDayOf(nowMs, clock.utcOffsetMin(nowMs), head.settings.dayStartsAtHour)
  const { removed, asOfRevision, rowsFrom } = await moveWindows(log, profile, projections, { nowMs, today }, dryRun)
  const vacuums = !dryRun && vacuumAfterMs !== undefined && !isWithin(nowMs, retained?.vacuumedAtMs ?? 0, vacuumAfterMs)
  const freedBytes = vacuums ? await vacuum(log, profile, nowMs) : 0
  return report({
    asOfRevision,
    pruned,
    rowsFrom,
    rowsRemoved: removed,
    freedBytes,
    // Free space is used again before the file grows. Only a vacuum makes the file smaller.
    bytesAfter: dryRun
      ? Math.max(keptBytes, before.totalBytes - before.freeBytes - pruned.aboutBytes)
      : (await log.stats()).totalBytes,
  })
}

/** What may be deleted follows from the settings, so nothing is where they are damaged. */
function checkSettings(profile: string, { settings: { damaged } }: Head): void {
  if (damaged !== undefined) throw damagedSettings(profile, damaged)
}

/** False too where the clock stands before the noted moment: it was set back, so nobody knows how long ago that was. */
function isWithin(nowMs: number, sinceMs: number, windowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < windowMs
}

/**
 * Whether now is far past both the last run and the newest event before today. Events of today prove nothing, because the
 * present session records them with the same clock.
 */
async function hasJumped(log: EventLog, profile: string, { settings }: Head, nowMs: number): Promise<boolean> {
  const ranAtMs = settings.retained?.atMs
  if (ranAtMs !== undefined && nowMs - ranAtMs <= JUMP_MS) return false
  const streams = await log.read(profile, readStreams)
  return !streams.some(({ lastAtMs }) => lastAtMs <= nowMs - DAY_MS && nowMs - lastAtMs <= JUMP_MS)
}

/**
 * Moves the first day and the first month of which rows exist forward, and deletes the rows before them, in one transaction
 * that also notes the run. Only read models with a window have such rows. The ledger keeps their sums, so a wider window
 * brings them back. Answers the first day and month of which rows exist afterwards, and how many rows were removed by
 * projection id. `nowMs` is the moment of the run, however long it takes; `today` is the local day on the learner's clock.
 */
async function moveWindows(
  log: EventLog,
  profile: string,
  projections: readonly Projection[],
  now: { readonly nowMs: number; readonly today: number },
  dryRun: boolean,
) {
  const work = async (snapshot: LogSnapshot) => {
    const head = await snapshot.head()
    checkSettings(profile, head)
    const wanted = rowsFromOf(windowsOf(head.settings), now.today)
    const before = head.settings.retained?.rowsFrom ?? ALL_ROWS
    const rowsFrom = { day: later(before.day, wanted.day), month: later(before.month, wanted.month) }
    const settings = settingsWith(head, { atMs: now.nowMs, localDay: now.today, rowsFrom })
    const listed = projections.filter((projection) => head.projections.includes(projectionId(projection)))
    const rows: LogWrites['rows'][number][] = []
    const removed: Record<string, number> = {}
    for (const projection of listed) {
      const { window } = projection
      const to = window && rowsFrom[window.unit]
      if (window === undefined || typeof to !== 'number') continue
      const id = projectionId(projection)
      const old = await snapshot.rows({ projection: id, range: { column: window.column, to } })
      removed[id] = old.length
      const taken = old.map((row) => ({ ...row, measures: negated(row.measures) }))
      if (old.length > 0) rows.push({ projection: id, rows: taken })
    }
    // Rows of a projection that this program does not know cannot be deleted here. It is left behind, to be rebuilt.
    const kept = sameRules(settings, head.settings) ? head.projections : listed.map(projectionId).sort()
    const writes = { ...headWrites({ ...head, settings, projections: kept }), rows }
    return { writes, answer: { asOfRevision: writes.head.revision, rowsFrom, removed } }
  }
  return dryRun ? (await log.read(profile, work)).answer : log.update(profile, work)
}

/** Notes a run and changes no row. Answers the revision. */
function note(log: EventLog, profile: string, noted: Partial<Retained>): Promise<number> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const writes = headWrites({ ...head, settings: settingsWith(head, noted) })
    return { writes, answer: writes.head.revision }
  })
}

/**
 * Gives the space that nothing uses back to the file system, in short steps, so that other programs can write in between. The
 * profile notes when that was last done. Answers how many bytes the database has become smaller: 0 where it gives space back
 * by itself.
 */
export async function vacuum(log: EventLog, profile: string, nowMs: number): Promise<number> {
  let freedBytes = 0
  for (;;) {
    const given = (await log.vacuum?.()) ?? 0
    if (given === 0) break
    freedBytes += given
    await setTimeout(VACUUM_PAUSE_MS)
  }
  await note(log, profile, { vacuumedAtMs: nowMs })
  return freedBytes
}

const NEVER: Retained = { atMs: 0, localDay: null, rowsFrom: ALL_ROWS, vacuumedAtMs: 0 }

function settingsWith({ settings }: Head, noted: Partial<Retained>): Head['settings'] {
  return { ...settings, retained: { ...NEVER, ...settings.retained, ...noted } }
}
