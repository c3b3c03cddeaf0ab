// Deletes events that are past their window, a page in each transaction. Their streams no longer count them as held.
// Everything else stays as it was: coverage, ledger, facts and read models.

import type { EventRow, StreamRow } from '../events/rows.js'
import { eventClass } from '../events/types.js'
import { rangesOf } from '../ledger/held-events.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import { changedStreamRow } from '../ledger/stream-row.js'
import type { EventLog, Head, LogSnapshot, LogWrites, RetentionWindows } from '../ports/event-log.js'
import type { PassProgress } from '../ports/report-types.js'

/** The transaction of such a page takes some 20 ms, and appends wait no longer than that. */
const PAGE_EVENTS = 2_000
/** Bytes of a row in SQLite beside its payload (docs/reference/benchmarks.md). Other databases need about the same. */
const ROW_BYTES = 44

export async function prune(
  log: EventLog,
  profile: string,
  nowMs: number,
  { detailMs, telemetryMs }: RetentionWindows,
  dryRun: boolean,
  onProgress: (progress: PassProgress) => void,
) {
  const pruned = { detail: 0, telemetry: 0, aboutBytes: 0 }
  /** Estimate for the events that stay. */
  let keptBytes = 0
  if (detailMs === 0 && telemetryMs === 0) return { pruned, keptBytes }
  // Facts are kept forever, as everything is that has a window of 0.
  const windowsMs = { fact: 0, detail: detailMs, telemetry: telemetryMs }
  const isOld = ({ type, occurredAtMs }: EventRow) => {
    const windowMs = windowsMs[eventClass(type)]
    return windowMs !== 0 && occurredAtMs < nowMs - windowMs
  }
  for (let after = 0; ; ) {
    const from = after
    const { page, total } = await log.read(profile, async (snapshot) => ({
      page: await snapshot.events({ after: from, limit: PAGE_EVENTS }),
      total: (await snapshot.head()).position,
    }))
    const through = page[page.length - 1]?.position ?? total
    let old = page.filter(isOld)
    if (old.length > 0 && !dryRun) {
      // Looked up again under the lock: another program may prune as well.
      old = await log.update(profile, (snapshot) => removeOld(snapshot, { after, through }, isOld))
    }
    const oldBytes = bytesOf(old)
    for (const { type } of old) pruned[type === 'telemetry.sampled' ? 'telemetry' : 'detail']++
    pruned.aboutBytes += oldBytes
    keptBytes += Math.max(0, bytesOf(page) - oldBytes)
    onProgress({ done: through, total })
    if (page.length < PAGE_EVENTS) return { pruned, keptBytes }
    after = through
  }
}

function bytesOf(rows: readonly EventRow[]): number {
  return rows.reduce((sum, { payload }) => sum + ROW_BYTES + (payload === null ? 0 : Buffer.byteLength(payload)), 0)
}

async function removeOld(
  snapshot: LogSnapshot,
  range: { readonly after: number; readonly through: number },
  isOld: (row: EventRow) => boolean,
): Promise<{ readonly writes: LogWrites | null; readonly answer: EventRow[] }> {
  const head = await snapshot.head()
  const page = await snapshot.events({ ...range, limit: PAGE_EVENTS })
  const old = new Map<number, EventRow[]>()
  for (const row of page) {
    if (!isOld(row)) continue
    const ofStream = old.get(row.stream)
    if (ofStream === undefined) old.set(row.stream, [row])
    else ofStream.push(row)
  }
  if (old.size === 0) return { writes: null, answer: [] }
  const writes = headWrites(head)
  const streams = await snapshot.streams({ streams: [...old.keys()] })
  // An event of a stream that does not exist stays, so that verify names it.
  const removed = streams.flatMap(({ stream }) => old.get(stream) ?? [])
  const changed = streams.map((row) => withoutHeld(row, old.get(row.stream) ?? [], writes.head.revision))
  const removedPositions = rangesOf(removed.map(({ position }) => position).sort((left, right) => left - right))
  return { writes: { ...writes, streams: changed, removedPositions }, answer: removed }
}

/** First and last position stay as bounds, for as long as the stream holds an event between them. */
function withoutHeld(row: StreamRow, removed: readonly EventRow[], revision: number): StreamRow {
  const heldCount = row.heldCount - removed.length
  const heldChecksum = removed.reduce((sum, { checksum }) => addChecksum(sum, -checksum), row.heldChecksum)
  const change = { heldCount, heldChecksum, revision }
  return changedStreamRow(row, heldCount > 0 ? change : { ...change, firstPosition: 0, lastPosition: 0 })
}

/** Writes of a head alone, with its next revision. */
export function headWrites(head: Head): LogWrites {
  const next = { ...head, revision: head.revision + 1 }
  return { head: next, streams: [], events: [], ledger: [], rows: [], videos: [] }
}
