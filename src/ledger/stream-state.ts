// A stream's row as it is worked with: coverage and facts parsed once, attribution worked out once. Append remembers
// them between batches; rebuild and verify make them from all rows. A state is never changed, only replaced.

import { ImmersionError } from '../events/errors.js'
import type { LogSnapshot, StreamRow } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import { attributeAll, attributionOf } from './attribution.js'
import { type Coverage, parseCoverage } from './coverage.js'
import { NO_FACTS, parseFacts, type StreamFacts } from './facts.js'
import { type StandingCorrections, standingCorrectionsOf } from './standing-corrections.js'

/** Streams read at a time; a row is about 500 bytes. */
const STREAMS_PAGE = 1_000

export interface StreamState {
  readonly row: StreamRow
  readonly coverage: Readonly<Coverage>
  readonly facts: StreamFacts
  /** Null while the stream counts nowhere. */
  readonly attribution: Attribution | null
}

/** What a row says by itself. */
export type ReadStream = Omit<StreamState, 'attribution'>

/** STORAGE_CORRUPT when the row's texts cannot be read. */
export function readState(row: StreamRow): ReadStream {
  return { row, coverage: parseCoverage(row.coverage), facts: parseFacts(row.facts) }
}

/** Of a session. What an adjustment counts for follows from other streams too: statesOf. */
export function stateOf(row: StreamRow, corrections: StandingCorrections): StreamState {
  const read = readState(row)
  return { ...read, attribution: attributionOf(row.streamId, read.facts, corrections) }
}

/** All streams of a profile, of whatever kind, and what the commands among them say. */
export function statesOf(streams: readonly ReadStream[]): {
  readonly streams: readonly StreamState[]
  readonly corrections: StandingCorrections
} {
  const corrections = standingCorrectionsOf(streams)
  const attributions = attributeAll(streams, corrections)
  return {
    streams: streams.map((stream) => ({ ...stream, attribution: attributions.get(stream.row.stream) ?? null })),
    corrections,
  }
}

/** A state of which verify and rebuild --from-log can name what is damaged instead of failing on it. */
export interface ExaminedStream extends ReadStream {
  /** Null for a coverage that cannot be read; `coverage` is empty then. */
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

/** All streams of the profile by number, in pages. */
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
    if (error instanceof ImmersionError && error.code === 'STORAGE_CORRUPT') return null
    throw error
  }
}
