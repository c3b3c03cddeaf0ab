// One run of retention: it deletes detail and telemetry past their windows, then rows of read models past theirs, then gives
// free space back. The run uses its start time as now. Every step is a short transaction that leaves the log correct, so a
// run that was interrupted is completed by the next one.

import { localDayOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import { DAY_MS } from '../events/time-units.js'
import { ALL_ROWS, windowsOf } from '../ledger/settings.js'
import { readStreams } from '../ledger/stream-state.js'
import type { EventLog, Head, RetentionWindows } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import type { PassProgress, RetainOptions, RetainReport } from '../ports/report-types.js'
import { type PruneBefore, prune } from './prune.js'
import { vacuum } from './vacuum.js'
import { moveWindows, note } from './windows.js'

export interface RetentionWork {
  readonly log: EventLog
  readonly profile: string
  /** All that this program knows. */
  readonly projections: readonly Projection[]
  readonly clock: WallClock
}

/** A clock that is further ahead of the last event has jumped, or the learner was away. Waiting for a run costs nothing. */
const JUMP_MS = 30 * DAY_MS

export async function retain(
  work: RetentionWork,
  { dryRun = false, dueAfterMs = 0, vacuumAfterMs }: RetainOptions,
  onProgress: (progress: PassProgress) => void,
): Promise<RetainReport> {
  const { log, profile, projections, clock } = work
  const nowMs = clock.nowMs()
  const head = await log.read(profile, (snapshot) => snapshot.head())
  const before = await log.stats()
  const { retained } = head.settings
  const report = (done: Partial<RetainReport>): RetainReport => ({
    ...NOTHING_DONE,
    asOfRevision: head.revision,
    dryRun,
    rowsFrom: retained?.rowsFrom ?? ALL_ROWS,
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

  const pruneBefore = momentsBefore(nowMs, windowsOf(head.settings))
  const { pruned, keptBytes } = await prune(log, profile, pruneBefore, dryRun, onProgress)
  const today = localDayOf(nowMs, clock.utcOffsetMin(nowMs), head.settings.dayStartsAtHour)
  const { removed, asOfRevision, rowsFrom } = await moveWindows(log, profile, projections, { nowMs, today }, dryRun)
  const vacuums = !dryRun && vacuumAfterMs !== undefined && !isWithin(nowMs, retained?.vacuumedAtMs ?? 0, vacuumAfterMs)
  const freedBytes = vacuums ? await vacuum(log, profile, nowMs) : 0
  return report({
    outcome: 'retained',
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

const NOTHING_DONE: RetainReport = {
  outcome: 'retained',
  asOfRevision: 0,
  dryRun: false,
  pruned: { detail: 0, telemetry: 0, aboutBytes: 0 },
  rowsFrom: ALL_ROWS,
  rowsRemoved: {},
  freedBytes: 0,
  bytesBefore: 0,
  bytesAfter: 0,
  elapsedMs: 0,
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

function momentsBefore(nowMs: number, { detailMs, telemetryMs }: RetentionWindows): PruneBefore {
  return {
    detailMs: detailMs === 0 ? null : nowMs - detailMs,
    telemetryMs: telemetryMs === 0 ? null : nowMs - telemetryMs,
  }
}
