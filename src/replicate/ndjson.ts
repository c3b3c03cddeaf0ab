// A log as lines of JSON, the form in which it is exported and imported. A line is the profile's settings, an event in its
// recorded form, or a stream's pruned summary. Keys stand in one fixed order, so that equal logs are equal bytes. Lines are
// validated on import.

import { isIntegerIn, refusal } from '../events/argument-checks.js'
import { WINDOW_LIMITS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import {
  canonicalMeasures,
  MEASURE_INDEX,
  MEASURE_NAMES,
  type MeasureName,
  sparseOf,
  zeroSums,
} from '../events/measures.js'
import { isPlainObject } from '../events/plain-data.js'
import { type NewEvent, STREAM_ID } from '../events/types.js'
import { checkNewEvent } from '../events/validation.js'
import { parseCoverage } from '../ledger/coverage.js'
import { windowsOf } from '../ledger/settings.js'
import type { Settings } from '../ports/profile-settings.js'
import type { LogRecord, PrunedSummary } from '../ports/replica-types.js'

/** The record as a line, without the newline. */
export function lineOf(record: LogRecord): string {
  switch (record.kind) {
    case 'settings': {
      const { dayStartsAtHour, retention } = record.settings
      return JSON.stringify({ settings: { dayStartsAtHour, retention: windowsOf({ retention }) } })
    }
    case 'event':
      return lineOfEvent(record.event)
    case 'summary':
      return JSON.stringify({ summary: orderedSummary(record.summary) })
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
 * The records of the lines; empty lines are skipped. A line that is none of the three ends the reading with IMPORT_INVALID
 * (details: line). The records before it have been given by then, so importing again after a correction adds the rest.
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
    if (record.kind === 'settings' || record.kind === 'summary') return recordOf(JSON.parse(lineOf(record)))
  } catch (cause) {
    throw cause instanceof ImmersionError && cause.code === 'IMPORT_INVALID' ? cause : invalidRecord(cause)
  }
  throw invalidRecord()
}

/** A pruned summary from outside. IMPORT_INVALID. */
export function checkSummary(summary: PrunedSummary): PrunedSummary {
  return (checkRecord({ kind: 'summary', summary }) as Extract<LogRecord, { kind: 'summary' }>).summary
}

function invalidRecord(cause?: unknown): ImmersionError {
  const why = cause instanceof Error ? cause.message : 'its kind is none of settings, event, summary'
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
      hint: 'Everything before this line is imported. Correct or remove the line and import again: events that are there already change nothing.',
      details: { line: number },
      cause,
    })
  }
}

function recordOf(read: unknown): LogRecord {
  if (isPlainObject(read)) {
    if ('settings' in read) return { kind: 'settings', settings: readSettings(read.settings) }
    if ('summary' in read) return { kind: 'summary', summary: readPrunedSummary(read.summary) }
    // The name that version 1 of the format gave to a summary.
    if ('statement' in read) return { kind: 'summary', summary: readPrunedSummary(read.statement) }
  }
  return { kind: 'event', event: checkNewEvent(read) }
}

/** Their ranges are checked when they are configured. */
function readSettings(read: unknown): Settings {
  const { dayStartsAtHour, retention } = object('settings', read)
  const given = object('retention', retention)
  const hour = integer('dayStartsAtHour', dayStartsAtHour)
  const windows = Object.keys(WINDOW_LIMITS).map((name) => [name, integer(name, given[name])])
  return { dayStartsAtHour: hour, retention: windowsOf({ retention: Object.fromEntries(windows) }) }
}

function orderedSummary({ streamId, versions, ledger, checksum, firstAtMs, lastAtMs }: PrunedSummary) {
  const quarters = ledger.map(({ quarter, utcOffsetMin, measures }) => ({
    quarter,
    utcOffsetMin,
    measures: sparseOf(measures),
  }))
  return { streamId, versions, ledger: quarters, checksum, firstAtMs, lastAtMs }
}

function readPrunedSummary(read: unknown): PrunedSummary {
  const { streamId, versions, ledger, checksum, firstAtMs, lastAtMs } = object('prunedSummary', read)
  if (typeof streamId !== 'string' || !STREAM_ID.test(streamId))
    throw refusal('streamId', streamId, 'a UUID in lower case')
  if (typeof versions !== 'string' || parseCoverage(versions).length === 0)
    throw refusal('versions', versions, 'ranges of versions, as 1-57,60')
  if (!Array.isArray(ledger)) throw refusal('ledger', ledger, 'a list')
  return {
    streamId,
    versions,
    ledger: ledger.map(readQuarter),
    checksum: integer('checksum', checksum, 0, 2 ** 32 - 1),
    firstAtMs: integer('firstAtMs', firstAtMs),
    lastAtMs: integer('lastAtMs', lastAtMs),
  }
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
    utcOffsetMin: integer('utcOffsetMin', utcOffsetMin, -1080, 1080),
    measures: sums,
  }
}

function object(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (isPlainObject(value)) return value
  throw refusal(field, value, 'an object')
}

function integer(
  field: string,
  value: unknown,
  from = Number.MIN_SAFE_INTEGER,
  through = Number.MAX_SAFE_INTEGER,
): number {
  if (isIntegerIn(value, from, through)) return value
  throw refusal(field, value, 'an integer')
}
