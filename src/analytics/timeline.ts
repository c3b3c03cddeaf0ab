// The query `timeline`: one session as samples (heartbeats) and markers (everything else), from the events that are still held.
// It is the only query that reads the log, between the first and last position of one stream. Retention deletes detail but no
// sums: the quarter hours of the ledger cover the complete session, and `detail` says how much of it the items cover.

import { decodePayload } from '../events/codec.js'
import { addRowMeasures } from '../events/event-row.js'
import { measuresOf, zeroSums } from '../events/measures.js'
import type { EventRow, StreamRow } from '../events/rows.js'
import { QUARTER_MS } from '../events/time-units.js'
import { eventClass } from '../events/types.js'
import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import { sumEntries } from '../ledger/fold.js'
import type { TimelineAnswer, TimelineItem } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import { cursorOf, pageOf, paging } from './cursors.js'
import type { Query, Reading } from './reading.js'
import { sessionStream } from './sessions.js'

export const timeline: Query<'timeline'> = (given) => {
  const { sessionId, limit, cursor } = argument.readArguments('timeline', given, {
    sessionId: argument.sessionId,
    ...paging('timeline', ['integer', 'text']),
  })
  return async (reading) => {
    const { row: stream, corrections } = await sessionStream(reading, sessionId)
    const after = cursor === undefined ? stream.firstPosition - 1 : Number(cursor[0])
    const adjustments = corrections.adjustmentsOf(sessionId).map((adjustment) => adjustment.stream)
    const [held, ledger] = await Promise.all([
      readHeld(reading, stream, after, Math.max(limit, FACTS_MAX) + 1),
      reading.snapshot.ledger({ streams: [stream.stream, ...adjustments] }),
    ])
    // The first page decides, and its cursor carries that to the later pages.
    const detail = cursor === undefined ? detailOf(stream, held) : detailNamed(cursor[1])
    const { page, nextCursor } = pageOf(held, limit, (row) => cursorOf('timeline', [row.position, detail]))
    return {
      sessionId,
      detail,
      // Sorting is stable: events of one moment stay in the order in which they were recorded.
      items: page.map(itemOf).sort((left, right) => left.atMs - right.atMs),
      // The ledger includes the learner's adjustments.
      quarters: sumEntries([1, ledger]).map(({ quarter, utcOffsetMin, measures }) => ({
        fromMs: quarter * QUARTER_MS,
        utcOffsetMin,
        measures: measuresOf(measures),
      })),
      nextCursor,
    }
  }
}

/** More facts than one session has: of this many held events, some are detail or telemetry. */
const FACTS_MAX = 100

function readHeld(reading: Reading, stream: StreamRow, after: number, limit: number): Promise<readonly EventRow[]> {
  if (stream.heldCount === 0) return Promise.resolve([])
  return reading.snapshot.events({ after, through: stream.lastPosition, stream: stream.stream, limit })
}

type Detail = TimelineAnswer['detail']

/** Facts are kept forever and are not detail. */
function detailOf(stream: StreamRow, held: readonly EventRow[]): Detail {
  if (stream.heldCount === coveredCount(parseCoverage(stream.coverage))) return 'events'
  return held.some((row) => eventClass(row.type) !== 'fact') ? 'mixed' : 'quarters'
}

function detailNamed(name: string | number | undefined): Detail {
  return name === 'events' || name === 'quarters' ? name : 'mixed'
}

function itemOf(row: EventRow): TimelineItem {
  const sums = zeroSums()
  addRowMeasures(sums, row)
  const measures = measuresOf(sums)
  const payload = row.payload === null ? null : decodePayload(row.type, row.payloadVersion, row.payload)
  if (row.type === 'telemetry.sampled') {
    const positionMs = typeof payload?.positionMs === 'number' ? payload.positionMs : null
    return { kind: 'sample', atMs: row.occurredAtMs, coversMs: measures.watchedMs, measures, positionMs }
  }
  return { kind: 'marker', atMs: row.occurredAtMs, type: row.type, measures, payload }
}
