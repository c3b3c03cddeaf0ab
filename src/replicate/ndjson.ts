// A log as lines of JSON, the form in which it is exported and imported. A line is the profile's settings, an event in its
// recorded form, a stream's pruned summary, or the end. Keys stand in one fixed order, so that equal logs are equal bytes.
// Lines are validated on import.

import { refusal } from '../events/argument-checks.js'
import { WINDOW_LIMITS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { canonicalMeasures, MEASURE_INDEX, MEASURE_NAMES, type MeasureName, zeroSums } from '../events/measures.js'
import { isPlainObject } from '../events/plain-data.js'
import type { NewEvent } from '../events/types.js'
import { checkNewEvent } from '../events/validation.js'
import { windowsOf } from '../ledger/settings.js'
import type { ExportEnd, LogRecord, PrunedSummary } from '../ports/replica-types.js'
import { checkSummary, orderedContent } from './summary-check.js'

/** Since format 3, an export ends with an end line. Formats 1 and 2 did not state their number. */
export const EXPORT_FORMAT = 3

/** The record as a line, without the newline. */
export function lineOf(record: LogRecord): string {
  switch (record.kind) {
    case 'settings': {
      const { dayStartsAtHour, retention } = record.settings
      const settings = { dayStartsAtHour, retention: windowsOf({ retention }) }
      return JSON.stringify({ settings, format: record.format })
    }
    case 'event':
      return lineOfEvent(record.event)
    case 'summary':
      return JSON.stringify({
        summary: { ...orderedContent(record.summary), summaryChecksum: record.summary.summaryChecksum },
      })
    case 'end': {
      const { events, summaries, checksum } = record.end
      return JSON.stringify({ end: { events, summaries, checksum } })
    }
  }
}

export function lineOfEvent(event: NewEvent): string {
  return JSON.stringify({
    streamId: event.streamId,
    version: event.version,
    type: event.type,
    payloadVersion: event.payloadVersion,
    occurredAtMs: event.occurredAtMs,
    utcOffsetMin: event.utcOffsetMin,
    measures: canonicalMeasures(event.measures),
    payload: event.payload,
    checksum: event.checksum,
  })
}

/**
 * The records of the lines; empty lines are skipped. A line that is none of the four ends the reading with IMPORT_INVALID
 * (details: line). The records before it have been given by then.
 */
export async function* recordsOfLines(lines: AsyncIterable<string>): AsyncGenerator<LogRecord> {
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() !== '') yield parsedLine(line, number)
  }
}

/** Records of lines: the engine is the next to check them. */
const CHECKED = new WeakSet<object>()

/** Checks a record that comes from a program, as if it came from a line. IMPORT_INVALID. */
export function checkRecord(record: LogRecord): LogRecord {
  try {
    if (CHECKED.has(record)) return record
    if (record.kind === 'event') return { kind: 'event', event: checkNewEvent(record.event) }
    if (['settings', 'summary', 'end'].includes(record.kind)) return recordOf(JSON.parse(lineOf(record)))
  } catch (cause) {
    throw cause instanceof ImmersionError && cause.code === 'IMPORT_INVALID' ? cause : invalidRecord(cause)
  }
  throw invalidRecord()
}

/** A pruned summary from outside. IMPORT_INVALID. */
export function checkedSummary(summary: PrunedSummary): PrunedSummary {
  return (checkRecord({ kind: 'summary', summary }) as Extract<LogRecord, { kind: 'summary' }>).summary
}

function invalidRecord(cause?: unknown): ImmersionError {
  const why = cause instanceof Error ? cause.message : 'its kind is none of settings, event, summary, end'
  return new ImmersionError('IMPORT_INVALID', `A record is not of an exported log: ${why}`, { cause })
}

function parsedLine(line: string, number: number): LogRecord {
  try {
    const record = recordOf(JSON.parse(line))
    CHECKED.add(record)
    return record
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ImmersionError('IMPORT_INVALID', `line ${number} is not of an exported log: ${why}`, {
      hint: 'The line was damaged, changed or cut after it was exported. Export again, or correct the line.',
      details: { line: number },
      cause,
    })
  }
}

function recordOf(read: unknown): LogRecord {
  if (isPlainObject(read)) {
    if ('settings' in read) return readSettings(read)
    if ('end' in read) return { kind: 'end', end: readEnd(read.end) }
    if ('summary' in read) return { kind: 'summary', summary: readPrunedSummary(read.summary) }
    // The name that version 1 of the format gave to a summary.
    if ('statement' in read) return { kind: 'summary', summary: readPrunedSummary(read.statement) }
  }
  return { kind: 'event', event: checkNewEvent(read) }
}

/** The ranges of the settings are checked when they are configured. */
function readSettings({ settings, format }: Readonly<Record<string, unknown>>): LogRecord {
  const { dayStartsAtHour, retention } = object('settings', settings)
  const given = object('retention', retention)
  const hour = integer('dayStartsAtHour', dayStartsAtHour)
  const windows = Object.keys(WINDOW_LIMITS).map((name) => [name, integer(name, given[name])])
  const read = { dayStartsAtHour: hour, retention: windowsOf({ retention: Object.fromEntries(windows) }) }
  if (format === undefined) return { kind: 'settings', settings: read }
  if (format !== EXPORT_FORMAT) throw refusal('format', format, String(EXPORT_FORMAT), 'A newer version exported it.')
  return { kind: 'settings', settings: read, format }
}

function readEnd(read: unknown): ExportEnd {
  const { events, summaries, checksum } = object('end', read)
  return {
    events: integer('events', events),
    summaries: integer('summaries', summaries),
    checksum: integer('checksum', checksum),
  }
}

/** Its shape; checkSummary checks the ranges. */
function readPrunedSummary(read: unknown): PrunedSummary {
  const { streamId, versions, ledger, checksum, firstAtMs, lastAtMs, summaryChecksum } = object('prunedSummary', read)
  if (typeof streamId !== 'string') throw refusal('streamId', streamId, 'a UUID in lower case')
  if (typeof versions !== 'string') throw refusal('versions', versions, 'ranges of versions, as 1-57,60')
  if (!Array.isArray(ledger)) throw refusal('ledger', ledger, 'a list')
  return checkSummary({
    streamId,
    versions,
    ledger: ledger.map(readQuarter),
    checksum: integer('checksum', checksum),
    firstAtMs: integer('firstAtMs', firstAtMs),
    lastAtMs: integer('lastAtMs', lastAtMs),
    ...(summaryChecksum === undefined ? {} : { summaryChecksum: integer('summaryChecksum', summaryChecksum) }),
  })
}

function readQuarter(read: unknown): PrunedSummary['ledger'][number] {
  const { quarter, utcOffsetMin, measures } = object('ledger', read)
  const sums = zeroSums()
  for (const [name, value] of Object.entries(object('measures', measures))) {
    if (!Object.hasOwn(MEASURE_INDEX, name)) throw refusal('measures', name, MEASURE_NAMES.join(', '))
    sums[MEASURE_INDEX[name as MeasureName]] = integer(name, value)
  }
  return {
    quarter: integer('quarter', quarter),
    utcOffsetMin: integer('utcOffsetMin', utcOffsetMin),
    measures: sums,
  }
}

function object(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (isPlainObject(value)) return value
  throw refusal(field, value, 'an object')
}

function integer(field: string, value: unknown): number {
  if (Number.isSafeInteger(value)) return Number(value)
  throw refusal(field, value, 'an integer')
}
