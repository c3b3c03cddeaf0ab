// Copies, merges and compares two logs, and exports and imports records. These functions work in the caller's thread, as the
// other functions about a complete database (database.ts) do. Each may be interrupted at any moment and started again.

import { readOptions, refusal } from '../events/argument-checks.js'
import type { LogEngine } from '../ports/log-engine.js'
import type {
  ConflictChoice,
  LogRecord,
  RecordsTaken,
  ReplicationProgress,
  ReplicationReport,
} from '../ports/replica-types.js'
import type { VerifyReport } from '../ports/report-types.js'
import { checkedRecords, checkRecords, recordsOf, takeRecords } from '../replicate/records.js'
import { compareDigests, replicate } from '../replicate/replicate.js'
import type { StoreConfig } from './config.js'
import { openLog, openSource, withLog } from './open-log.js'
import { hostCallback, hostValues, publicCall, publicValues } from './public-call.js'

export interface ReplicationOptions {
  /** Called while streams are carried. */
  readonly onProgress?: (progress: ReplicationProgress) => void
  /**
   * What the target keeps of each session in conflict: the source's content, its own, or both as two sessions. Without it,
   * the target's stays and the answer is not `ok`.
   */
  readonly keep?: ConflictChoice
}

export const CONFLICT_CHOICES: readonly ConflictChoice[] = ['source', 'target', 'both']

export interface ReplicationAnswer
  extends Omit<ReplicationReport, 'events' | 'summaries' | 'sourceMovedOn' | 'elapsedMs'> {
  /** What was carried; null where the logs were only compared. */
  readonly carried: Pick<ReplicationReport, 'events' | 'summaries' | 'sourceMovedOn' | 'elapsedMs'> | null
  /** The source's own events, ledger and rows, verified afterwards. */
  readonly sourceVerified: VerifyReport
  /** The same of the target. */
  readonly targetVerified: VerifyReport
  /** True when everything of the source is in the target and neither is damaged. */
  readonly ok: boolean
}

/**
 * Copies everything of one profile into another log, settings included. What the target has already stays. The source may be
 * in use and is only read: STORAGE_UNAVAILABLE where there is none, STORAGE_READ_ONLY where it has no such profile.
 */
export function copyLog(
  from: StoreConfig,
  to: StoreConfig,
  options: ReplicationOptions = {},
): Promise<ReplicationAnswer> {
  return carry(from, to, options, true)
}

/** Copies what one log has and another lacks, whatever either of them has pruned. Settings stay as they are. */
export function mergeLog(
  from: StoreConfig,
  to: StoreConfig,
  options: ReplicationOptions = {},
): Promise<ReplicationAnswer> {
  return carry(from, to, options, false)
}

/** Checks whether everything that one log counted is in another, and verifies both. Changes nothing. */
export function compareLogs(from: StoreConfig, to: StoreConfig): Promise<ReplicationAnswer> {
  return publicCall(() =>
    withBoth(from, to, 'pass', async (source, target) => ({
      ...(await compareDigests(source, target)),
      carried: null,
    })),
  )
}

/** A callback that throws ends the replication, which can be started again. */
function carry(
  from: StoreConfig,
  to: StoreConfig,
  options: ReplicationOptions,
  withSettings: boolean,
): Promise<ReplicationAnswer> {
  return publicCall(() => {
    const { onProgress: given, keep } = readOptions(options)
    const onProgress = hostCallback('onProgress', given)
    if (keep !== undefined && !CONFLICT_CHOICES.includes(keep)) throw refusal('keep', keep, CONFLICT_CHOICES.join(', '))
    const work: Work = async (source, target) => {
      const { damaged, ...settings } = await source.settings()
      if (withSettings && damaged === undefined) await target.configure(settings)
      const { events, summaries, sourceMovedOn, elapsedMs, ...compared } = await replicate(
        source,
        target,
        onProgress,
        keep,
      )
      return { ...compared, carried: { events, summaries, sourceMovedOn, elapsedMs } }
    }
    return withBoth(from, to, 'writer', work, keep)
  })
}

type Work = (
  source: LogEngine,
  target: LogEngine,
) => Promise<Omit<ReplicationAnswer, 'sourceVerified' | 'targetVerified' | 'ok'>>

/** Runs the work, and verifies both logs afterwards. */
function withBoth(
  from: StoreConfig,
  to: StoreConfig,
  targetRole: 'writer' | 'pass',
  work: Work,
  keep?: ConflictChoice,
): Promise<ReplicationAnswer> {
  return withLog(openSource(from), (source) =>
    withLog(openLog(to, targetRole), async (target) => {
      const done = await work(source, target)
      const sourceVerified = await source.verify()
      const targetVerified = await target.verify()
      // Events that the source has recorded since are carried the next time.
      const same = done.differing.length === 0 || done.carried?.sourceMovedOn === true
      const isResolved = done.conflicts.length === 0 || keep === 'target'
      const ok = same && isResolved && done.overlaps.length === 0 && sourceVerified.ok && targetVerified.ok
      return { ...done, sourceVerified, targetVerified, ok }
    }),
  )
}

export interface ImportOptions {
  /**
   * False where the records can be read only once. Otherwise they are checked first, and nothing is written where one is
   * refused or the export is not complete.
   */
  readonly readableAgain: boolean
  /** The records are meant to be a part of an export. Default false: they are IMPORT_INCOMPLETE without the end. */
  readonly partial?: boolean
  /** Also applies the exported settings. Default false: a log that another is merged into keeps its own. */
  readonly settings?: boolean
}

/** One profile as it is exported; see Maintenance.exportRecords. The log is only read. */
export function exportRecords(from: StoreConfig): AsyncGenerator<LogRecord> {
  return publicValues(() => exported(from))
}

async function* exported(from: StoreConfig): AsyncGenerator<LogRecord> {
  const source = await openSource(from)
  try {
    yield* recordsOf(source)
  } finally {
    await source.close()
  }
}

/**
 * Imports an exported log. `records` is called again where a summary overlaps what the log has counted, to widen the summary
 * by events of the export. IMPORT_INVALID, IMPORT_INCOMPLETE; the hint says what was imported before.
 */
export function importRecords(
  to: StoreConfig,
  records: () => AsyncIterable<LogRecord>,
  options: ImportOptions,
): Promise<RecordsTaken> {
  return publicCall(() => {
    const { readableAgain = false, settings = false, partial = false } = readOptions(options)
    const checked = () => checkedRecords(hostValues('records', records))
    return withLog(openLog(to, 'writer'), async (target) => {
      if (readableAgain && !partial) await checkRecords(checked())
      const taken = await takeRecords(checked(), target, partial)
      if (settings && taken.settings !== null) await target.configure(taken.settings)
      if (taken.overlaps.length === 0 || !readableAgain) return taken
      const { summaries, overlaps } = await takeWider(checked(), taken.overlaps, target)
      return { ...taken, summaries: taken.summaries + summaries, overlaps }
    })
  })
}

/** Imports these streams into a log in memory, from which summaries can be widened. */
function takeWider(
  records: AsyncIterable<LogRecord>,
  overlaps: RecordsTaken['overlaps'],
  target: LogEngine,
): Promise<ReplicationReport> {
  return withLog(openLog({ storage: { provider: 'memory' } }, 'writer'), async (beside) => {
    await takeRecords(only(records, new Set(overlaps.map(({ streamId }) => streamId))), beside)
    return replicate(beside, target)
  })
}

async function* only(records: AsyncIterable<LogRecord>, streamIds: ReadonlySet<string>): AsyncGenerator<LogRecord> {
  for await (const record of records) {
    if (record.kind === 'settings' || record.kind === 'end') continue
    if (streamIds.has(record.kind === 'event' ? record.event.streamId : record.summary.streamId)) yield record
  }
}
