// Computes read models from one snapshot: reads streams and ledger, groups, compares with the live rows, and writes what
// differs in one transaction. With `fromLog` the rows and the ledgers of complete streams are first computed from their events;
// others are left alone, because their ledger contains more than their events. Called by the engine: on demand, when settings change, and for a projection that is new or was left behind.

import { isDeepStrictEqual } from 'node:util'
import type { LedgerRow, StreamRow } from '../events/rows.js'
import {
  type LedgerInForce,
  ledgerDifferences,
  repairOf,
  rowDifferences,
  videoDifferences,
  videoRepairs,
} from '../ledger/differences.js'
import { negatedEntry } from '../ledger/fold.js'
import { groupingsOf } from '../ledger/grouping.js'
import type { ProfileLog } from '../ledger/profile-log.js'
import { rowRulesOf, sameRules, settingsAfter } from '../ledger/settings.js'
import { changedStreamRow } from '../ledger/stream-row.js'
import { examine, readState, readStreams, statesOf } from '../ledger/stream-state.js'
import type { Head, LogSnapshot, LogWrites, ProfileSettings } from '../ports/event-log.js'
import type { SettingsChange } from '../ports/profile-settings.js'
import { type Projection, projectionId } from '../ports/projection.js'
import type { Damage, RebuildReport } from '../ports/report-types.js'
import { differingFields, expectedProfileOf } from './expected-profile.js'
import { refold } from './refold.js'
import { DAMAGE_LISTED, partialFaults } from './stream-faults.js'

export interface RebuildWork {
  /** Projections whose rows are computed. With fromLog, or with other settings: all that this program knows. */
  readonly projections: readonly Projection[]
  readonly fromLog: boolean
  /** Stored with the profile in the same transaction. */
  readonly settings: SettingsChange
}

/** Appends do not wait while a rebuild computes. It is repeated under the lock only if the log was written to meanwhile. */
export async function rebuild(
  { log, profile, projections, clock }: ProfileLog,
  given: Partial<RebuildWork>,
): Promise<{ readonly head: Head; readonly report: RebuildReport }> {
  const startedAtMs = clock.nowMs()
  const work = { projections, fromLog: false, settings: {}, ...given }
  const first = await log.read(profile, (snapshot) => computeRebuild(snapshot, work))
  const isStale = first.writes !== null && (await log.commit(profile, first.writes)) === 'stale'
  const again = async (snapshot: LogSnapshot) => {
    const { writes, ...answer } = await computeRebuild(snapshot, work)
    return { writes, answer }
  }
  const { head, report } = isStale ? await log.update(profile, again) : first
  return { head, report: { ...report, elapsedMs: clock.nowMs() - startedAtMs } }
}

/** The writes are null where nothing differs. */
async function computeRebuild(snapshot: LogSnapshot, work: RebuildWork) {
  const head = await snapshot.head()
  const settings = settingsAfter(head.settings, work.settings)
  const base = await readBase(snapshot, work.fromLog, head.revision + 1)
  const { streams, corrections } = statesOf(base.streams)
  const inForce = {
    ledger: base.ledger,
    streams: new Map(streams.map((state) => [state.row.stream, state])),
    rules: rowRulesOf(settings),
  }
  const { rows, changed } = await computeRows(snapshot, work.projections, inForce)
  const videos = videoDifferences(streams, corrections, await snapshot.videos({}))

  const ledgerChanges = base.repairs.streams.length > 0 || base.repairs.ledger.length > 0
  const projections = projectionsAfter(head, work, ledgerChanges || !sameRules(settings, head.settings))
  const differs = rows.length > 0 || videos.length > 0 || ledgerChanges || headDiffers(head, settings, projections)
  const nextHead = differs ? { ...head, revision: head.revision + 1, settings, projections } : head
  return {
    writes: differs ? { head: nextHead, ...base.repairs, events: [], rows, ...videoRepairs(videos) } : null,
    head: nextHead,
    report: {
      asOfRevision: nextHead.revision,
      streams: streams.length,
      ledgerEntries: base.ledger.length,
      changed,
      videosCorrected: videos.length,
      ledgersCorrected: base.ledgersCorrected,
      ledgersIncomplete: base.ledgersIncomplete,
      unrepaired: base.unrepaired,
      elapsedMs: 0,
    },
  }
}

/** The streams and the ledger from which rows are computed, and the writes that make the stored ones equal to them. */
async function readBase(snapshot: LogSnapshot, fromLog: boolean, revision: number) {
  const rows = await readStreams(snapshot)
  const ledger = await snapshot.ledger({})
  const repairs: { streams: StreamRow[]; ledger: LedgerRow[] } = { streams: [], ledger: [] }
  const unrepaired: Damage[] = []
  let [ledgersCorrected, ledgersIncomplete] = [0, 0]
  if (!fromLog)
    return { streams: rows.map(readState), ledger, repairs, ledgersCorrected, ledgersIncomplete, unrepaired }
  const refolded = await refold(snapshot, rows, {
    damagedEvent(damage) {
      if (unrepaired.length < DAMAGE_LISTED) unrepaired.push(damage)
    },
    page() {},
  })
  const { compared, strays, ...base } = expectedProfileOf(rows, ledger, refolded)
  for (const { stored, expected, repaired, fromEvents, entries } of compared) {
    if (expected === null) {
      ledgersIncomplete++
      if (repaired !== null) repairs.streams.push(changedStreamRow(repaired, { revision }))
      const examined = repaired === null ? stored : examine(repaired)
      for (const what of partialFaults(examined, fromEvents, entries)) {
        unrepaired.push({ kind: 'stream', streamId: stored.row.streamId, what })
      }
      continue
    }
    const differences = ledgerDifferences(stored.row.stream, fromEvents.entries, entries)
    const rowDiffers = differingFields(expected.row, stored.row).length > 0
    if (rowDiffers) repairs.streams.push(changedStreamRow(expected.row, { revision }))
    if (rowDiffers || differences.length > 0) ledgersCorrected++
    repairs.ledger.push(...differences.map(repairOf))
  }
  repairs.ledger.push(...strays.map(negatedEntry))
  return { ...base, repairs, ledgersCorrected, ledgersIncomplete, unrepaired: unrepaired.slice(0, DAMAGE_LISTED) }
}

async function computeRows(snapshot: LogSnapshot, projections: readonly Projection[], inForce: LedgerInForce) {
  const changed: Record<string, RebuildReport['changed'][string]> = {}
  const rows: LogWrites['rows'][number][] = []
  for (const grouping of groupingsOf(projections)) {
    const differences = rowDifferences(grouping, inForce, await snapshot.rows({ projection: grouping.id }))
    const added = differences.filter(({ stored }) => stored === null).length
    const removed = differences.filter((difference) => difference.expected === null).length
    changed[grouping.id] = { added, removed, corrected: differences.length - added - removed }
    if (differences.length > 0) rows.push({ projection: grouping.id, rows: differences.map(repairOf) })
  }
  return { rows, changed }
}

/** Rows of a projection that this program does not know stay right as long as rules and ledger do not change under them. */
function projectionsAfter(head: Head, work: RebuildWork, leavesOthersBehind: boolean): readonly string[] {
  const others = leavesOthersBehind ? [] : head.projections
  return [...new Set([...others, ...work.projections.map(projectionId)])].sort()
}

function headDiffers(head: Head, settings: ProfileSettings, projections: readonly string[]): boolean {
  return !isDeepStrictEqual(settings, head.settings) || projections.join() !== head.projections.join()
}
