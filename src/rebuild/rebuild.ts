// Works read models out again from one snapshot and writes them in one transaction: read streams and ledger, group, compare with the live rows, write
// what differs. With `fromLog` the ledgers of whole streams are first made anew from their events. Called by
// engine.ts: on demand, when settings change, and for a projection that was left behind or is new.

import type { Clock } from '../events/clock.js'
import { deltaOf, rowDifferences, rowsOfLedger, videoDifferences, videosOfStreams } from '../ledger/differences.js'
import { groupingsOf } from '../ledger/fold.js'
import { rowRulesOf, sameRules, settingsAfter } from '../ledger/settings.js'
import { readState, readStreams, statesOf } from '../ledger/stream-state.js'
import type { EventLog, Head, LogSnapshot, LogWrites } from '../ports/event-log.js'
import { type Projection, projectionId } from '../ports/projection.js'
import type { RebuildReport, SettingsChange } from '../ports/store-types.js'
import { type RepairedLedger, repairFromLog } from './repair.js'

export interface RebuildWork {
  /** Projections whose rows are worked out. With fromLog, or other settings: all that this program knows. */
  readonly projections: readonly Projection[]
  readonly fromLog: boolean
  /** Stored with the profile in the same transaction. */
  readonly settings: SettingsChange
}

export interface RebuildOutcome {
  readonly head: Head
  readonly report: RebuildReport
}

export async function rebuild(
  log: EventLog,
  profile: string,
  work: RebuildWork,
  clock: Pick<Clock, 'nowMs'>,
): Promise<RebuildOutcome> {
  const startedAtMs = clock.nowMs()
  const { head, report } = await rebuildNow(log, profile, work)
  return { head, report: { ...report, elapsedMs: clock.nowMs() - startedAtMs } }
}

/** Nobody waits while it is worked out. Only where something differs and others have written since, it is done under the lock. */
async function rebuildNow(log: EventLog, profile: string, work: RebuildWork): Promise<RebuildOutcome> {
  const { writes, ...outcome } = await log.read(profile, (snapshot) => workOut(snapshot, work))
  if (writes === null || (await log.commit(profile, writes)) === 'committed') return outcome
  return log.update(profile, async (snapshot) => {
    const { writes, ...answer } = await workOut(snapshot, work)
    return { writes, answer }
  })
}

async function workOut(
  snapshot: LogSnapshot,
  work: RebuildWork,
): Promise<RebuildOutcome & { readonly writes: LogWrites | null }> {
  const head = await snapshot.head()
  const settings = settingsAfter(head.settings, work.settings)
  const rules = rowRulesOf(settings)
  const { streams: read, ledger, repaired } = await readLedger(snapshot, work.fromLog, head.revision + 1)
  const { streams, corrections } = statesOf(read)
  const byNumber = new Map(streams.map((state) => [state.row.stream, state]))

  const changed: Record<string, { added: number; removed: number; corrected: number }> = {}
  const rows: { projection: string; rows: LogWrites['rows'][number]['rows'] }[] = []
  for (const grouping of groupingsOf(work.projections)) {
    const expected = rowsOfLedger(grouping, ledger, byNumber, rules)
    const differences = rowDifferences(expected, await snapshot.rows({ projection: grouping.id }))
    const added = differences.filter(({ stored }) => stored === null).length
    const removed = differences.filter((difference) => difference.expected === null).length
    changed[grouping.id] = { added, removed, corrected: differences.length - added - removed }
    if (differences.length > 0) rows.push({ projection: grouping.id, rows: differences.map(deltaOf) })
  }
  const videos = videoDifferences(videosOfStreams(streams, corrections), await snapshot.videos({}))

  const otherRules = !sameRules(settings, head.settings)
  const ledgerRepaired = repaired.streams.length > 0 || repaired.ledger.length > 0
  const projections = projectionsAfter(head, work, otherRules || ledgerRepaired)
  const nextHead: Head = { ...head, revision: head.revision + 1, settings, projections }
  const unchanged =
    rows.length === 0 &&
    videos.length === 0 &&
    !ledgerRepaired &&
    JSON.stringify(settings) === JSON.stringify(head.settings) &&
    projections.join() === head.projections.join()
  const writes: LogWrites = {
    head: nextHead,
    streams: repaired.streams,
    events: [],
    ledger: repaired.ledger,
    rows,
    videos: videos.flatMap(({ expected }) => expected ?? []),
    removedVideoKeys: videos.flatMap(({ expected, stored }) => (expected === null && stored ? stored.videoKey : [])),
  }
  const headAfter = unchanged ? head : nextHead
  return {
    writes: unchanged ? null : writes,
    head: headAfter,
    report: {
      asOfRevision: headAfter.revision,
      streams: streams.length,
      ledgerEntries: ledger.length,
      changed,
      videosCorrected: videos.length,
      ledgersCorrected: repaired.ledgersCorrected,
      ledgersIncomplete: repaired.ledgersIncomplete,
      elapsedMs: 0,
    },
  }
}

const NOTHING_MENDED: RepairedLedger['repaired'] = {
  streams: [],
  ledger: [],
  ledgersCorrected: 0,
  ledgersIncomplete: 0,
}

async function readLedger(snapshot: LogSnapshot, fromLog: boolean, revision: number): Promise<RepairedLedger> {
  const rows = await readStreams(snapshot)
  const ledger = await snapshot.ledger({})
  if (fromLog) return repairFromLog(snapshot, rows, ledger, revision)
  return { streams: rows.map(readState), ledger, repaired: NOTHING_MENDED }
}

/** Rows of a projection that this program does not know stay right as long as rules and ledger do not change under them. */
function projectionsAfter(head: Head, work: RebuildWork, othersAreOld: boolean): readonly string[] {
  const worked = work.projections.map(projectionId)
  const others = othersAreOld ? [] : head.projections
  return [...new Set([...others, ...worked])].sort()
}
