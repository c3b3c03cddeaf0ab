// Statistics as tables for spreadsheets: for each table its query, read page by page, and its columns. docs/reference/csv.md has a row
// for each column. Times are minutes with three decimals, rates have one decimal, an unknown value is an empty cell.

import { stringify } from 'csv-stringify/sync'
import { dayToIso, monthToIso } from '../events/calendar.js'
import type { Measures } from '../events/measures.js'
import { withoutUndefined } from '../events/plain-data.js'
import { MINUTE_MS } from '../events/time-units.js'
import type {
  Analytics,
  DayRow,
  LanguageFilter,
  MonthRow,
  Paged,
  Rates,
  SessionSummary,
  VideoSummary,
} from '../ports/analytics-types.js'
import { withGuard } from './formulas.js'

type Cell = string | number | null
type Column<Row> = readonly [name: string, cell: (row: Row) => Cell]

interface TablePage {
  /** Lines of CSV; the first page begins with the header. */
  readonly text: string
  readonly rows: number
  readonly asOfRevision: number
  /** The first date or month of which rows are kept, where retention deleted earlier rows; else null. */
  readonly rowsFrom: string | null
}

const MEASURED: readonly Column<{ readonly measures: Measures; readonly rates: Rates }>[] = [
  ['active_minutes', ({ measures }) => minutes(measures.activeMs)],
  ['watched_minutes', ({ measures }) => minutes(measures.watchedMs)],
  ['paused_minutes', ({ measures }) => minutes(measures.pausedMs)],
  ['lines', ({ measures }) => measures.lines],
  ['chars', ({ measures }) => measures.chars],
  ['words', ({ measures }) => measures.words],
  ['cards', ({ measures }) => measures.cards],
  ['lookups', ({ measures }) => measures.lookups],
  ['lookup_hits', ({ measures }) => measures.lookupHits],
  ['chars_per_hour', ({ rates }) => rate(rates.charsPerHour)],
  ['words_per_minute', ({ rates }) => rate(rates.wordsPerMinute)],
  ['cards_per_hour', ({ rates }) => rate(rates.cardsPerHour)],
]

const SESSION_COLUMNS: readonly Column<SessionSummary>[] = [
  ['session_id', ({ sessionId }) => sessionId],
  ['date', ({ localDay }) => dayToIso(localDay)],
  ['video_key', ({ videoKey }) => videoKey],
  ['title', ({ title }) => title],
  ['series', ({ series }) => series],
  ['language', ({ language }) => language],
  ['started_at', ({ startedAtMs, utcOffsetMin }) => clockIso(startedAtMs, utcOffsetMin)],
  ['ended_at', ({ endedAtMs, utcOffsetMin }) => clockIso(endedAtMs, utcOffsetMin)],
  ['status', ({ status }) => status],
  ...MEASURED,
]

const SUMMED: readonly Column<DayRow | MonthRow>[] = [
  ['video_key', ({ videoKey }) => videoKey],
  ['title', ({ title }) => title],
  ['language', ({ language }) => language],
  ['sessions', ({ measures }) => measures.sessions],
  ...MEASURED,
]

const DAY_COLUMNS: readonly Column<DayRow>[] = [['date', ({ localDay }) => dayToIso(localDay)], ...SUMMED]

const MONTH_COLUMNS: readonly Column<MonthRow>[] = [['month', ({ localMonth }) => monthToIso(localMonth)], ...SUMMED]

const VIDEO_COLUMNS: readonly Column<VideoSummary>[] = [
  ['video_key', ({ videoKey }) => videoKey],
  ['title', ({ title }) => title],
  ['series', ({ facts }) => facts.series ?? null],
  ['season', ({ facts }) => facts.season ?? null],
  ['episode', ({ facts }) => facts.episode ?? null],
  ['first_seen_at', ({ firstSeenAtMs }) => clockIso(firstSeenAtMs, 0)],
  ['last_seen_at', ({ lastSeenAtMs }) => clockIso(lastSeenAtMs, 0)],
  ['sessions', ({ measures }) => measures.sessions],
  ...MEASURED,
]

/** A query of one page, and the first date or month of which its table keeps rows. */
type Query<Row> = (
  analytics: Analytics,
  page: LanguageFilter & { readonly cursor?: string; readonly limit: number },
) => Promise<Paged & { readonly rows: readonly Row[]; readonly rowsFrom?: string | null }>

/** `pageRows` is the maximum of the query (src/analytics/limits.ts). */
function table<Row>(columns: readonly Column<Row>[], pageRows: number, query: Query<Row>) {
  const names = columns.map(([name]) => name)
  async function* pages(analytics: Analytics, filter: LanguageFilter): AsyncGenerator<TablePage> {
    let header: readonly (readonly Cell[])[] = [names]
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = withoutUndefined({ ...filter, cursor, limit: pageRows })
      const { rows, nextCursor, asOfRevision, rowsFrom = null } = await query(analytics, page)
      const lines = rows.map((row) => columns.map(([, cell]) => guarded(cell(row))))
      yield { text: stringify([...header, ...lines]), rows: rows.length, asOfRevision, rowsFrom }
      header = []
      cursor = nextCursor
    }
  }
  return { names, pages }
}

function guarded(cell: Cell): Cell {
  return typeof cell === 'string' ? withGuard(cell) : cell
}

/** The tables by name: the names of their columns in order, and their pages. */
export const TABLES = {
  sessions: table(SESSION_COLUMNS, 500, async (analytics, page) => {
    const answer = await analytics.sessions(page)
    return { ...answer, rows: answer.sessions }
  }),
  days: table(DAY_COLUMNS, 5_000, async (analytics, page) => {
    const { days: rows, rowsFrom, ...answer } = await analytics.daily(page)
    return { ...answer, rows, rowsFrom: rowsFrom === null ? null : dayToIso(rowsFrom) }
  }),
  months: table(MONTH_COLUMNS, 5_000, async (analytics, page) => {
    const { months: rows, rowsFrom, ...answer } = await analytics.monthly(page)
    return { ...answer, rows, rowsFrom: rowsFrom === null ? null : monthToIso(rowsFrom) }
  }),
  videos: table(VIDEO_COLUMNS, 500, async (analytics, page) => {
    const answer = await analytics.videos(page)
    return { ...answer, rows: answer.videos }
  }),
}

export type TableName = keyof typeof TABLES

function minutes(ms: number): number {
  return Math.round((ms / MINUTE_MS) * 1_000) / 1_000
}

function rate(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10
}

/** `2026-02-03T20:00:00+09:00`, and `Z` for UTC. */
function clockIso(epochMs: number, utcOffsetMin: number): string {
  const clock = new Date(epochMs + utcOffsetMin * MINUTE_MS).toISOString().slice(0, 19)
  if (utcOffsetMin === 0) return `${clock}Z`
  const offset = Math.abs(utcOffsetMin)
  const twoDigits = (value: number) => String(value).padStart(2, '0')
  return `${clock}${utcOffsetMin < 0 ? '-' : '+'}${twoDigits(Math.floor(offset / 60))}:${twoDigits(offset % 60)}`
}
