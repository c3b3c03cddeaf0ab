// Events as lines of JSON, the form in which they are exported, carried and imported: the recorded form, keys in one
// fixed order, so that equal events are equal bytes. What a line must be is checked where it comes in.

import { checkNewEvent } from '../events/doors.js'
import { ImmersionError } from '../events/errors.js'
import { MEASURE_NAMES, type SparseMeasures } from '../events/measures.js'
import type { NewEvent } from '../events/types.js'

/** Without the newline. */
export function lineOfEvent(event: NewEvent): string {
  return JSON.stringify({
    streamId: event.streamId,
    version: event.version,
    type: event.type,
    payloadVersion: event.payloadVersion,
    occurredAtMs: event.occurredAtMs,
    utcOffsetMin: event.utcOffsetMin,
    measures: ordered(event.measures),
    payload: event.payload,
    checksum: event.checksum,
  })
}

/**
 * Reads lines into pages of at most `pageMaxEvents`. Empty lines are passed over. A line that is not an event ends the
 * reading with IMPORT_INVALID (details: line), after the pages before it: importing again after mending adds the rest.
 */
export async function* eventsOfLines(
  lines: AsyncIterable<string>,
  pageMaxEvents: number,
): AsyncGenerator<readonly NewEvent[]> {
  let page: NewEvent[] = []
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const event = parsedLine(line, number)
    if (event instanceof ImmersionError) {
      if (page.length > 0) yield page
      throw event
    }
    page.push(event)
    if (page.length === pageMaxEvents) {
      yield page
      page = []
    }
  }
  if (page.length > 0) yield page
}

function parsedLine(line: string, number: number): NewEvent | ImmersionError {
  try {
    return checkNewEvent(JSON.parse(line))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return new ImmersionError('IMPORT_INVALID', `line ${number} is not an exported event: ${why}`, {
      hint: 'Everything before this line is imported. Mend or remove the line and import again: what is there is passed over.',
      details: { line: number },
      cause,
    })
  }
}

function ordered(measures: SparseMeasures): SparseMeasures {
  return Object.fromEntries(
    MEASURE_NAMES.filter((name) => (measures[name] ?? 0) !== 0).map((name) => [name, measures[name]]),
  )
}
