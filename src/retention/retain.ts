// One run of retention: detail and telemetry past their windows, then the rows of read models past theirs, then space that
// is given back. It takes the moment at which it began for now. Everything is done in short transactions, each of which
// leaves the log right; a run that was broken off is completed by the next one.

import { localDayOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import { DAY_MS } from '../events/time-units.js'
import { windowsOf } from '../ledger/settings.js'
import { readStreams } from '../ledger/stream-state.js'
import type { EventLog, Head, RetentionWindows } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import type { PassProgress, RetainOptions, RetainReport } from '../ports/store-types.js'
import { type PruneBefore, prune } from './prune.js'
import { moveWindows, note } from './windows.js'

export interface RetentionWork {
  readonly log: EventLog
  readonly profile: string
  /** All that this program knows. */
  readonly projections: readonly Projection[]
  readonly clock: WallClock
}

/** A clock that is further on than this since anything happened has jumped, or the learner was away: it can wait for a run. */
const JUMP_MS = 30 * DAY_MS
/** Between two steps of giving space back, so that whoever writes meanwhile comes in between. */
const BREATH_MS = 5

export async function retain(
  { log, profile, projections, clock }: RetentionWork,
  { dryRun = false, dueAfterMs = 0, vacuumAfterMs }: RetainOptions,
  onProgress: (progress: PassProgress) => void,
): Promise<RetainReport> {
  const nowMs = clock.nowMs()
  const head = await log.read(profile, (snapshot) => snapshot.head())
  const before = await log.stats()
  const report = (done: Partial<RetainReport>): RetainReport => ({
    ...NOTHING_DONE,
    asOfRevision: head.revision,
    dryRun,
    rowsFrom: head.settings.retained?.rowsFrom ?? NOTHING_DONE.rowsFrom,
    bytesBefore: before.totalBytes,
    bytesAfter: before.totalBytes,
    ...done,
    elapsedMs: clock.nowMs() - nowMs,
  })
  const { retained } = head.settings
  if (retained !== undefined && dueAfterMs > 0 && isWithin(nowMs, retained.atMs, dueAfterMs)) {
    return report({ outcome: 'not-due' })
  }
  if (await hasJumped(log, profile, head, nowMs)) {
    return report({ outcome: 'noted', ...(!dryRun && { asOfRevision: await note(log, profile, { atMs: nowMs }) }) })
  }

  const { pruned, keptBytes } = await prune(
    log,
    profile,
    momentsBefore(nowMs, windowsOf(head.settings)),
    dryRun,
    onProgress,
  )
  const today = localDayOf(nowMs, clock.utcOffsetMin(nowMs), head.settings.dayStartsAtHour)
  const moved = await moveWindows(log, profile, projections, { nowMs, today }, dryRun)
  const vacuums = !dryRun && vacuumAfterMs !== undefined && !isWithin(nowMs, retained?.vacuumedAtMs ?? 0, vacuumAfterMs)
  const freedBytes = vacuums ? await vacuum(log, profile, nowMs) : 0
  return report({
    outcome: 'retained',
    asOfRevision: moved.asOfRevision,
    pruned,
    rowsFrom: moved.rowsFrom,
    rowsRemoved: moved.removed,
    freedBytes,
    // What is free is used again before the file grows; only a vacuum makes it smaller.
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
  rowsFrom: { day: null, month: null },
  rowsRemoved: {},
  freedBytes: 0,
  bytesBefore: 0,
  bytesAfter: 0,
  elapsedMs: 0,
}

/** Also where the clock stands before what was noted: it was set back, and says nothing of how long ago that was. */
function isWithin(nowMs: number, sinceMs: number, windowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < windowMs
}

/**
 * Whether now is far past both the last run and the newest thing that happened before today. What the present sitting
 * records does not count: it has the same clock.
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

async function vacuum(log: EventLog, profile: string, nowMs: number): Promise<number> {
  let freedBytes = 0
  for (;;) {
    const given = (await log.vacuum?.()) ?? 0
    if (given === 0) break
    freedBytes += given
    await new Promise((resolve) => setTimeout(resolve, BREATH_MS))
  }
  await note(log, profile, { vacuumedAtMs: nowMs })
  return freedBytes
}
