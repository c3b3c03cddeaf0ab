// Copies, merges and compares two logs, and exports and imports records. These functions work in the caller's thread, as the
// other functions about a complete database (database.ts) do. Each may be interrupted at any moment and started again.

import { readOptions } from '../events/argument-checks.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { LogRecord, RecordsTaken, ReplicationProgress, ReplicationReport } from '../ports/replica-types.js'
import type { VerifyReport } from '../ports/report-types.js'
import { checkedRecords, recordsOf, takeRecords } from '../replicate/records.js'
import { compareDigests, replicate } from '../replicate/replicate.js'
import type { StoreConfig } from './config.js'
import { openLog, openSource } from './open-log.js'
import { hostCallback, hostValues, publicCall, publicValues } from './public-call.js'

export interface ReplicationOptions {
  /** Called while streams are carried. */
  readonly onProgress?: (progress: ReplicationProgress) => void
}

export interface ReplicationAnswer
  extends Omit<ReplicationReport, 'events' | 'summaries' | 'sourceMovedOn' | 'elapsedMs'> {
  /** What was carried; null where the logs were only compared. */
  readonly carried: Pick<ReplicationReport, 'events' | 'summaries' | 'sourceMovedOn' | 'elapsedMs'> | null
  /** The source's own events, ledger and rows, verified afterwards. */
  readonly sourceVerified: VerifyReport
  /** The same of the target. */
  readonly targetVerified: VerifyReport
  /** Everything of the source is in the target, and both are well. */
  readonly ok: boolean
}

/**
 * Everything of one profile into another log, settings included; what is there already stays. The source may be in use. It
 * is only read: STORAGE_UNAVAILABLE where there is none, UNKNOWN_PROFILE where it has no such profile.
 */
export function copyLog(
  from: StoreConfig,
  to: StoreConfig,
  options: ReplicationOptions = {},
): Promise<ReplicationAnswer> {
  return publicCall(() => {
    const onProgress = progressOf(options)
    return withBoth(from, to, async (source, target) => {
      await target.configure(await source.settings())
      return carryAndCheck(source, target, onProgress)
    })
  })
}

/** What one log has and another lacks, whatever either has pruned. Settings stay as they are. */
export function mergeLog(
  from: StoreConfig,
  to: StoreConfig,
  options: ReplicationOptions = {},
): Promise<ReplicationAnswer> {
  return publicCall(() => {
    const onProgress = progressOf(options)
    return withBoth(from, to, (source, target) => carryAndCheck(source, target, onProgress))
  })
}

/** Whether everything that one log counted is in another, and both are well. Changes nothing. */
export function compareLogs(from: StoreConfig, to: StoreConfig): Promise<ReplicationAnswer> {
  return publicCall(() =>
    withBoth(
      from,
      to,
      async (source, target) => check(source, target, await compareDigests(source, target), null),
      'pass',
    ),
  )
}

type OnReplicationProgress = (progress: ReplicationProgress) => void

/** A callback that throws ends the replication, which can be begun again. */
function progressOf(options: ReplicationOptions): OnReplicationProgress {
  return hostCallback('onProgress', readOptions(options).onProgress)
}

async function carryAndCheck(
  source: LogEngine,
  target: LogEngine,
  onProgress: OnReplicationProgress,
): Promise<ReplicationAnswer> {
  const { events, summaries, sourceMovedOn, elapsedMs, ...compared } = await replicate(source, target, onProgress)
  return check(source, target, compared, { events, summaries, sourceMovedOn, elapsedMs })
}

async function check(
  source: LogEngine,
  target: LogEngine,
  compared: Awaited<ReturnType<typeof compareDigests>>,
  carried: ReplicationAnswer['carried'],
): Promise<ReplicationAnswer> {
  const sourceVerified = await source.verify()
  const targetVerified = await target.verify()
  // What a source in use has said since is for the next time.
  const same = compared.differing.length === 0 || carried?.sourceMovedOn === true
  const ok = same && compared.overlaps.length === 0 && sourceVerified.ok && targetVerified.ok
  return { ...compared, carried, sourceVerified, targetVerified, ok }
}

async function withBoth<T>(
  from: StoreConfig,
  to: StoreConfig,
  work: (source: LogEngine, target: LogEngine) => Promise<T>,
  targetRole: 'writer' | 'pass' = 'writer',
): Promise<T> {
  const source = await openSource(from)
  try {
    const target = await openLog(to, targetRole)
    try {
      return await work(source, target)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

export interface ImportOptions {
  /** False where the records can be read only once. */
  readonly readableAgain: boolean
  /** Takes the settings over as well. Default false: a log that is joined by another keeps its own. */
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
 * by events of the export.
 */
export function importRecords(
  to: StoreConfig,
  records: () => AsyncIterable<LogRecord>,
  options: ImportOptions,
): Promise<RecordsTaken> {
  return publicCall(() => {
    const { readableAgain = false, settings = false } = readOptions(options)
    return takeAll(to, () => checkedRecords(hostValues('records', records)), { readableAgain, settings })
  })
}

async function takeAll(
  to: StoreConfig,
  records: () => AsyncIterable<LogRecord>,
  { readableAgain, settings }: Required<ImportOptions>,
): Promise<RecordsTaken> {
  const target = await openLog(to, 'writer')
  try {
    const taken = await takeRecords(records(), target)
    if (settings && taken.settings !== null) await target.configure(taken.settings)
    if (taken.overlaps.length === 0 || !readableAgain) return taken
    const { summaries, overlaps } = await takeWider(records(), taken.overlaps, target)
    return { ...taken, summaries: taken.summaries + summaries, overlaps }
  } finally {
    await target.close()
  }
}

/** The streams alone, put together in memory: a log, whose summaries can be widened. */
async function takeWider(
  records: AsyncIterable<LogRecord>,
  overlaps: RecordsTaken['overlaps'],
  target: LogEngine,
): Promise<ReplicationReport> {
  const beside = await openLog({ storage: { provider: 'memory' } }, 'writer')
  try {
    await takeRecords(only(records, new Set(overlaps.map(({ streamId }) => streamId))), beside)
    return await replicate(beside, target)
  } finally {
    await beside.close()
  }
}

async function* only(records: AsyncIterable<LogRecord>, streamIds: ReadonlySet<string>): AsyncGenerator<LogRecord> {
  for await (const record of records) {
    if (record.kind === 'settings') continue
    if (streamIds.has(record.kind === 'event' ? record.event.streamId : record.summary.streamId)) yield record
  }
}
