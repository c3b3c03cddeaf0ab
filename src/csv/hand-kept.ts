// Reads a log that was kept by hand, as CSV. The text becomes checked rows, or one IMPORT_INVALID that names line and column
// of every problem, so that no part of a wrong file is imported. Pure. docs/reference/csv.md describes the columns.

import { type CsvError, parse } from 'csv-parse/sync'
import { shown } from '../events/argument-checks.js'
import { dayToIso, isoToDay } from '../events/calendar.js'
import { ImmersionError } from '../events/errors.js'
import type { MeasureName, SparseMeasures } from '../events/measures.js'
import { isLanguageTag } from '../events/payload-check.js'
import { withoutUndefined } from '../events/plain-data.js'
import { storableText } from '../events/text.js'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../events/time-units.js'
import { withoutGuard } from './formulas.js'

export interface HandKeptRow {
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** Trimmed and in Unicode's form C, so that equal titles are equal texts. */
  readonly title: string
  readonly measures: SparseMeasures
  readonly language?: string
}

export interface HandKeptOptions {
  /** BCP 47, of rows without a language. Default: none. */
  readonly language?: string
  /** Columns to skip, by their names in the header. */
  readonly ignored?: readonly string[]
  readonly nowMs: number
}

const REQUIRED = ['date', 'title', 'minutes'] as const
const COUNTS = ['lines', 'chars', 'words', 'cards', 'lookups'] as const satisfies readonly MeasureName[]
const COLUMNS = [...REQUIRED, ...COUNTS, 'language'] as const
type Column = (typeof COLUMNS)[number]

const DELIMITERS = [',', ';', '\t'] as const
/** A row is of one date, which has 24 hours. */
const MINUTES_MAX = 1_440
/** Ten times what anybody reads in a day. A larger count is a typing error. */
const COUNT_MAX = 10_000_000
/** A longer title comes from a file with an unclosed quote. */
const TITLE_MAX_UNITS = 500
/** Three rows a day for ninety years. */
export const ROWS_MAX = 100_000
/** The offset of the easternmost zone. A date that has begun in no zone yet is a typing error. */
const EARLIEST_CLOCK_MS = 14 * HOUR_MS
const PROBLEMS_SHOWN = 10

type Problem = Readonly<{ line: number; column: string; what: string }>

interface CsvRecord {
  /** On which it begins. */
  readonly line: number
  readonly cells: readonly string[]
}

export function readHandKept(text: string, options: HandKeptOptions): readonly HandKeptRow[] {
  const [header, ...records] = recordsOf(text)
  if (header === undefined) {
    throw invalid([{ line: 1, column: REQUIRED.join(', '), what: 'there is no header line' }])
  }
  const places = placesOf(header, new Set((options.ignored ?? []).map(nameOf)))
  if (records.length > ROWS_MAX) {
    const line = records[ROWS_MAX]?.line ?? 0
    throw invalid([{ line, column: 'date', what: `at most ${ROWS_MAX} rows are read at once; split the file` }])
  }
  const problems: Problem[] = []
  const rows = records.map((record) => rowOf(record, places, options, problems))
  if (problems.length > 0) throw invalid(problems)
  return rows
}

function recordsOf(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  const take = (record: readonly string[], { lines }: { readonly lines: number }) => {
    const cells = record.map((cell) => cell.trim())
    // `lines` counts to the line on which the record ends, and quoted cells may contain line ends.
    const within = record.join('').match(/\r\n|\r|\n/g)?.length ?? 0
    if (cells.some((cell) => cell !== '')) records.push({ line: lines - within, cells })
    return null
  }
  try {
    parse(text, { bom: true, delimiter: delimiterOf(text), relax_column_count: true, on_record: take })
    return records
  } catch (cause) {
    const { lines = 1, column = 0, message } = cause as CsvError & { readonly lines?: number; readonly column?: number }
    throw invalid([{ line: lines, column: `cell ${Number(column) + 1}`, what: message }], cause)
  }
}

/** The delimiter that finds the most columns in the header. No column's name contains a delimiter. */
function delimiterOf(text: string): string {
  const header = /[^\r\n\ufeff]*\S[^\r\n]*/.exec(text)?.[0] ?? ''
  const found = (delimiter: string) =>
    header.split(delimiter).filter((name) => isColumn(nameOf(name.replaceAll('"', '')))).length
  return DELIMITERS.reduce((best, delimiter) => (found(delimiter) > found(best) ? delimiter : best))
}

/** The column at each place of a record; null for one that is skipped. */
function placesOf({ line, cells }: CsvRecord, ignored: ReadonlySet<string>): readonly (Column | null)[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  const places = cells.map((cell): Column | null => {
    const name = nameOf(cell)
    if (name === '' || ignored.has(name)) return null
    if (!isColumn(name)) {
      problems.push({ line, column: cell, what: `is no column of a log; there are ${COLUMNS.join(', ')}` })
      return null
    }
    if (seen.has(name)) problems.push({ line, column: name, what: 'is in the header twice' })
    seen.add(name)
    return name
  })
  for (const name of REQUIRED) {
    if (!seen.has(name)) problems.push({ line, column: name, what: 'is missing in the header' })
  }
  if (problems.length > 0) throw invalid(problems)
  return places
}

function rowOf(
  { line, cells }: CsvRecord,
  places: readonly (Column | null)[],
  { language, nowMs }: HandKeptOptions,
  problems: Problem[],
): HandKeptRow {
  const cellOf = new Map<Column, string>()
  const refuse = (column: string, what: string) => problems.push({ line, column, what })
  for (const [place, cell] of cells.entries()) {
    const column = places[place]
    if (column) cellOf.set(column, cell)
    else if (place >= places.length && cell !== '') refuse(`cell ${place + 1}`, `${shown(cell)} has no header`)
  }
  const read = <T extends string | number>(column: Column, reader: (cell: string) => T | Refused): T | undefined => {
    const value = reader(cellOf.get(column) ?? '')
    if (typeof value !== 'object') return value
    refuse(column, `${shown(cellOf.get(column) ?? '')} is not ${value.allowed}`)
    return undefined
  }
  const date = read('date', (cell) => readDate(cell, nowMs)) ?? ''
  const title = read('title', readTitle) ?? ''
  const playedMs = read('minutes', readMinutes)
  const measures: Partial<Record<MeasureName, number>> = {}
  // Played time is watched time too, as in corrections.
  if (playedMs) Object.assign(measures, { watchedMs: playedMs, activeMs: playedMs })
  let counts = playedMs !== 0
  for (const name of COUNTS) {
    const count = read(name, readCount)
    if (count) measures[name] = count
    counts ||= count !== 0
  }
  if (!counts) refuse('minutes', 'the row counts nothing: give minutes or a count above 0, or leave the row out')
  const rowLanguage = read('language', readLanguage) || language
  return withoutUndefined({ date, title, measures, language: rowLanguage })
}

/** The values that a cell may have, where it has another one. */
type Refused = Readonly<{ allowed: string }>

function readDate(cell: string, nowMs: number): string | Refused {
  const last = Math.floor((nowMs + EARLIEST_CLOCK_MS) / DAY_MS)
  try {
    const day = isoToDay(cell)
    return day >= 0 && day <= last ? cell : { allowed: `a date from 1970-01-01 to ${dayToIso(last)}` }
  } catch (error) {
    if (!(error instanceof ImmersionError)) throw error
    return { allowed: 'an existing date as 2026-03-09' }
  }
}

function readTitle(cell: string): string | Refused {
  const title = withoutGuard(cell).normalize('NFC').trim()
  if (title === '' || title.length > TITLE_MAX_UNITS)
    return { allowed: `a title of 1 to ${TITLE_MAX_UNITS} characters` }
  return storableText(title).isReplaced ? { allowed: 'text without NUL' } : title
}

/** A comma is read as a decimal comma only where it cannot group thousands. */
function readMinutes(cell: string): number | Refused {
  const minutes = /^\d{1,7}(?:\.\d{1,9}|,\d{1,2})?$/.test(cell) ? Number(cell.replace(',', '.')) : Number.NaN
  if (minutes <= MINUTES_MAX) return Math.round(minutes * MINUTE_MS)
  return { allowed: `minutes from 0 to ${MINUTES_MAX}, as 45 or 12.5` }
}

function readCount(cell: string): number | Refused {
  const count = /^\d{0,9}$/.test(cell) ? Number(cell) : Number.NaN
  return count <= COUNT_MAX ? count : { allowed: `a whole number from 0 to ${COUNT_MAX}` }
}

function readLanguage(cell: string): string | Refused {
  return cell === '' || isLanguageTag(cell) ? cell : { allowed: 'a language as ja or pt-BR' }
}

function invalid(problems: readonly Problem[], cause?: unknown): ImmersionError {
  const lines = problems.slice(0, PROBLEMS_SHOWN).map(({ line, column, what }) => `line ${line}, ${column}: ${what}`)
  const more = problems.length - lines.length
  const [first] = problems
  return new ImmersionError('IMPORT_INVALID', [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'), {
    hint: 'Nothing was imported. Correct the file and import it again. --ignore NAME skips a column.',
    details: { line: first?.line, column: first?.column, problems: problems.slice(0, PROBLEMS_SHOWN) },
    cause,
  })
}

function nameOf(cell: string): string {
  return cell.trim().toLowerCase()
}

function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name)
}
