// Takes events out of the log that are past their window, a page in each transaction: the events go, and their streams no
// longer count them as held. What was counted stays counted: coverage, ledger, facts and read models are not touched.

import { eventClass } from '../events/types.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import { changedStreamRow } from '../ledger/stream-row.js'
import type { EventLog, EventRow, LogSnapshot, LogWrites, StreamRow } from '../ports/event-log.js'
import type { PassProgress } from '../ports/store-types.js'

/** A page of 2,000 is some 20 ms of one transaction; whoever appends meanwhile waits no longer than that. */
const PAGE_EVENTS = 2_000
/** Bytes of a row in SQLite beside its payload (docs/reference/benchmarks.md): about the same elsewhere. */
const ROW_BYTES = 44

/** Events of a class that happened before its moment go; null keeps the class. */
export interface PruneBefore {
  readonly detailMs: number | null
  readonly telemetryMs: number | null
}

export interface Pruned {
  readonly detail: number
  readonly telemetry: number
  readonly aboutBytes: number
}

export interface PruneOutcome {
  readonly pruned: Pruned
  /** About, of the events that stay. */
  readonly keptBytes: number
}

export async function prune(
  log: EventLog,
  profile: string,
  before: PruneBefore,
  dryRun: boolean,
  onProgress: (progress: PassProgress) => void,
): Promise<PruneOutcome> {
  const pruned = { detail: 0, telemetry: 0, aboutBytes: 0 }
  let keptBytes = 0
  if (before.detailMs === null && before.telemetryMs === null) return { pruned, keptBytes }
  const isOld = (row: EventRow) => isBefore(row, before)
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

/** Facts are kept for ever. */
function isBefore({ type, occurredAtMs }: EventRow, { detailMs, telemetryMs }: PruneBefore): boolean {
  switch (eventClass(type)) {
    case 'fact':
      return false
    case 'telemetry':
      return telemetryMs !== null && occurredAtMs < telemetryMs
    case 'detail':
      return detailMs !== null && occurredAtMs < detailMs
  }
}

async function removeOld(
  snapshot: LogSnapshot,
  range: { readonly after: number; readonly through: number },
  isOld: (row: EventRow) => boolean,
): Promise<{ readonly writes: LogWrites | null; readonly answer: EventRow[] }> {
  const head = await snapshot.head()
  const page = await snapshot.events({ ...range, limit: PAGE_EVENTS })
  const removed = new Map<number, EventRow[]>()
  for (const row of page) {
    if (!isOld(row)) continue
    const ofStream = removed.get(row.stream)
    if (ofStream === undefined) removed.set(row.stream, [row])
    else ofStream.push(row)
  }
  if (removed.size === 0) return { writes: null, answer: [] }
  const revision = head.revision + 1
  const streams = await snapshot.streams({ streams: [...removed.keys()] })
  // An event of a stream that does not exist stays, for verify to name.
  const taken = streams.flatMap(({ stream }) => removed.get(stream) ?? [])
  const writes: LogWrites = {
    head: { ...head, revision },
    streams: streams.map((row) => withoutHeld(row, removed.get(row.stream) ?? [], revision)),
    events: [],
    ledger: [],
    rows: [],
    videos: [],
    removedPositions: runsOf(taken.map(({ position }) => position).sort((left, right) => left - right)),
  }
  return { writes, answer: taken }
}

/** First and last position stay as bounds, for as long as anything is held between them. */
function withoutHeld(row: StreamRow, removed: readonly EventRow[], revision: number): StreamRow {
  const heldCount = row.heldCount - removed.length
  const heldChecksum = removed.reduce((sum, { checksum }) => addChecksum(sum, -checksum), row.heldChecksum)
  const change = { heldCount, heldChecksum, revision }
  return changedStreamRow(row, heldCount > 0 ? change : { ...change, firstPosition: 0, lastPosition: 0 })
}

function runsOf(positions: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  for (const position of positions) {
    const last = runs[runs.length - 1]
    if (last !== undefined && last[1] === position - 1) last[1] = position
    else runs.push([position, position])
  }
  return runs
}
