// A stream's row ready for use: coverage and facts parsed once, attribution computed once. Append remembers states between
// batches, rebuild and verify make them from all rows. A state is never changed, only replaced.

import { hasCode } from '../events/errors.js'
import type { StreamRow } from '../events/rows.js'
import type { LogSnapshot } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import { attributeAll, attributionOf } from './attribution.js'
import { type Coverage, parseCoverage } from './coverage.js'
import { NO_FACTS, parseFacts, type StreamWithFacts } from './facts.js'
import { type StandingCorrections, standingCorrectionsOf } from './standing-corrections.js'

/** Streams read at a time; a row is about 500 bytes. */
const STREAMS_PAGE = 1_000

/** A row with its texts parsed. */
export interface ReadStream extends StreamWithFacts {
  readonly coverage: Readonly<Coverage>
}

export interface StreamState extends ReadStream {
  /** Null while the stream counts nowhere. */
  readonly attribution: Attribution | null
}

/** STORAGE_CORRUPT when the row's texts cannot be read. */
export function readState(row: StreamRow): ReadStream {
  return { row, coverage: parseCoverage(row.coverage), facts: parseFacts(row.facts) }
}

/** The state of a session. An adjustment's attribution follows from other streams too: use statesOf. */
export function stateOf(row: StreamRow, corrections: StandingCorrections): StreamState {
  const read = readState(row)
  return { ...read, attribution: attributionOf(row.streamId, read.facts, corrections) }
}

/** All streams of a profile, of every kind, and the corrections among them. */
export function statesOf(read: readonly ReadStream[]) {
  const corrections = standingCorrectionsOf(read)
  const attributions = attributeAll(read, corrections)
  const streams = read.map(
    (stream): StreamState => ({ ...stream, attribution: attributions.get(stream.row.stream) ?? null }),
  )
  return { streams, corrections }
}

/** A row with which verify and `rebuild --from-log` go on although a text of it cannot be read. */
export interface ExaminedStream extends ReadStream {
  /** Null for a coverage that cannot be read; `coverage` is then empty. */
  readonly coverageText: string | null
  readonly factsReadable: boolean
}

export function examine(row: StreamRow): ExaminedStream {
  const facts = readable(() => parseFacts(row.facts))
  const coverage = readable(() => parseCoverage(row.coverage))
  return {
    row,
    coverage: coverage ?? [],
    coverageText: coverage === null ? null : row.coverage,
    facts: facts ?? NO_FACTS,
    factsReadable: facts !== null,
  }
}

/** All streams of the profile in the order of their numbers. */
export async function readStreams(snapshot: LogSnapshot): Promise<readonly StreamRow[]> {
  const streams: StreamRow[] = []
  for (;;) {
    const after = streams[streams.length - 1]?.stream ?? 0
    const page = await snapshot.streams({ after, limit: STREAMS_PAGE })
    streams.push(...page)
    if (page.length < STREAMS_PAGE) return streams
  }
}

function readable<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch (error) {
    if (hasCode(error, 'STORAGE_CORRUPT')) return null
    throw error
  }
}
