// A log as lines of JSON, the form in which it is exported, carried and imported. A line is the profile's settings, an
// event in its recorded form, or a stream's summary for events that are no longer held. Keys stand in one fixed order,
// so that equal logs are equal bytes. What a line must be is checked where it comes in.

import { ImmersionError } from '../events/errors.js'
import { MEASURE_INDEX, MEASURE_NAMES, type MeasureName, type SparseMeasures } from '../events/measures.js'
import { type NewEvent, STREAM_ID } from '../events/types.js'
import { checkNewEvent } from '../events/validation.js'
import { parseCoverage } from '../ledger/coverage.js'
import type { Settings } from '../ports/profile-settings.js'
import type { LogRecord, PrunedSummary } from '../ports/replica-types.js'

/** Without the newline. */
export function lineOf(record: LogRecord): string {
  switch (record.kind) {
    case 'settings':
      return JSON.stringify({ settings: orderedSettings(record.settings) })
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
    measures: ordered(event.measures),
    payload: event.payload,
    checksum: event.checksum,
  })
}

/**
 * What the lines say. Empty lines are passed over. A line that says nothing of these ends the reading with IMPORT_INVALID
 * (details: line), after what stands before it: importing again after repair adds the rest.
 */
export async function* recordsOfLines(lines: AsyncIterable<string>): AsyncGenerator<LogRecord> {
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() !== '') yield parsedLine(line, number)
  }
}

/** Records that were read here: they need no second check on their way into a log. */
const CHECKED = new WeakSet<object>()

/** A record that comes from a program and not from a line has to say what a line can say. IMPORT_INVALID. */
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
      hint: 'Everything before this line is imported. Mend or remove the line and import again: what is there is passed over.',
      details: { line: number },
      cause,
    })
  }
}

function recordOf(read: unknown): LogRecord {
  if (isObject(read) && 'settings' in read) return { kind: 'settings', settings: readSettings(read.settings) }
  if (isObject(read) && 'summary' in read) return { kind: 'summary', summary: readPrunedSummary(read.summary) }
  // The name that version 1 of the format gave to a summary.
  if (isObject(read) && 'statement' in read) return { kind: 'summary', summary: readPrunedSummary(read.statement) }
  return { kind: 'event', event: checkNewEvent(read) }
}

function orderedSettings({ dayStartsAtHour, retention }: Settings): Settings {
  const { detailMs, telemetryMs, dailyDays, monthlyMonths } = retention
  return { dayStartsAtHour, retention: { detailMs, telemetryMs, dailyDays, monthlyMonths } }
}

/** Their ranges are checked by whoever takes them over. */
function readSettings(read: unknown): Settings {
  const { dayStartsAtHour, retention } = object('settings', read)
  const { detailMs, telemetryMs, dailyDays, monthlyMonths } = object('retention', retention)
  return {
    dayStartsAtHour: integer('dayStartsAtHour', dayStartsAtHour),
    retention: {
      detailMs: integer('detailMs', detailMs),
      telemetryMs: integer('telemetryMs', telemetryMs),
      dailyDays: integer('dailyDays', dailyDays),
      monthlyMonths: integer('monthlyMonths', monthlyMonths),
    },
  }
}

function orderedSummary({ streamId, versions, ledger, checksum, firstAtMs, lastAtMs }: PrunedSummary) {
  const quarters = ledger.map(({ quarter, utcOffsetMin, measures }) => ({
    quarter,
    utcOffsetMin,
    measures: Object.fromEntries(
      MEASURE_NAMES.flatMap((name, index) => (measures[index] === 0 ? [] : [[name, measures[index]]])),
    ),
  }))
  return { streamId, versions, ledger: quarters, checksum, firstAtMs, lastAtMs }
}

function readPrunedSummary(read: unknown): PrunedSummary {
  const { streamId, versions, ledger, checksum, firstAtMs, lastAtMs } = object('prunedSummary', read)
  if (typeof streamId !== 'string' || !STREAM_ID.test(streamId))
    throw refused('streamId', streamId, 'a UUID, lower case')
  if (typeof versions !== 'string' || parseCoverage(versions).length === 0)
    throw refused('versions', versions, 'ranges of versions, as 1-57,60')
  if (!Array.isArray(ledger)) throw refused('ledger', ledger, 'a list')
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
  const sums = MEASURE_NAMES.map(() => 0)
  for (const [name, value] of Object.entries(object('measures', measures))) {
    if (!Object.hasOwn(MEASURE_INDEX, name)) throw refused('measures', name, MEASURE_NAMES.join(', '))
    sums[MEASURE_INDEX[name as MeasureName]] = integer(name, value)
  }
  return {
    quarter: integer('quarter', quarter),
    utcOffsetMin: integer('utcOffsetMin', utcOffsetMin, -1080, 1080),
    measures: sums,
  }
}

function object(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value
  throw refused(field, value, 'an object')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function integer(
  field: string,
  value: unknown,
  from = Number.MIN_SAFE_INTEGER,
  through = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= through) return Number(value)
  throw refused(field, value, 'an integer')
}

function refused(field: string, value: unknown, allowed: string): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${field} is ${JSON.stringify(value)}; allowed is ${allowed}`, {
    details: { field },
  })
}

function ordered(measures: SparseMeasures): SparseMeasures {
  return Object.fromEntries(
    MEASURE_NAMES.filter((name) => (measures[name] ?? 0) !== 0).map((name) => [name, measures[name]]),
  )
}
