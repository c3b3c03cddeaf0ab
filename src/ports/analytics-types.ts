// The questions and the answers: plain objects of the same shape and the same values on every backend. Days are days
// since 1970-01-01 of the learner's local date (`localDay`), months are YYYYMM (`localMonth`). Ranges are half-open.
// Every answer is of one snapshot and says so by `asOfRevision`.

import type { Measures } from '../events/measures.js'
import type { SessionFacts, VideoFacts } from '../events/types.js'
import type { RowQuery } from './event-log.js'

export interface Answer {
  readonly asOfRevision: number
  /** The server is away: this is what the spool (storage.spool) knows, what was tracked on this device. */
  readonly fromSpool?: true
}

/** Worked out at read time, never stored. Null where there is nothing to divide by. */
export interface Rates {
  readonly charsPerHour: number | null
  readonly wordsPerMinute: number | null
  readonly cardsPerHour: number | null
  readonly lookupsPerHundredWords: number | null
  /** 0–1. */
  readonly lookupHitRate: number | null
}

/** All questions can ask for one language, as `und`, `ja`, `en`. */
export interface LanguageFilter {
  readonly language?: string
}

export interface DayRange extends LanguageFilter {
  /** Inclusive. Default: the beginning. */
  readonly fromDay?: number
  /** Exclusive. Default: no end. */
  readonly toDay?: number
}

export interface Page {
  /** At least 1. Default and maximum are stated by each query and kept in src/analytics/limits.ts. */
  readonly limit?: number
  /** `nextCursor` of the answer before, with the rest of the query unchanged. */
  readonly cursor?: string
}

export interface Paged extends Answer {
  /** Null at the end. */
  readonly nextCursor: string | null
}

export type SessionStatus = 'active' | 'ended' | 'silent'

export interface SessionSummary extends SessionFacts {
  readonly sessionId: string
  readonly videoKey: string
  readonly title: string
  readonly series: string | null
  readonly language: string
  readonly startedAtMs: number
  readonly utcOffsetMin: number
  readonly localDay: number
  /** Of session.ended, else (and while a session goes on after its end) the last moment that its events reach. */
  readonly endedAtMs: number
  readonly status: SessionStatus
  readonly measures: Measures
  readonly rates: Rates
}

export interface SessionsQuery extends LanguageFilter, Page {
  /** By start, epoch ms; from inclusive, to exclusive. */
  readonly fromMs?: number
  readonly toMs?: number
  readonly videoKey?: string
}
/** Newest first. Limit: default 50, at most 500. */
export interface SessionsAnswer extends Paged {
  readonly sessions: readonly SessionSummary[]
}

export interface SessionAnswer extends Answer {
  readonly session: SessionSummary
  readonly eventsHeld: number
  readonly eventsRecorded: number
}

export type TimelineItem =
  | {
      readonly kind: 'sample'
      readonly atMs: number
      readonly coversMs: number
      readonly measures: Measures
      readonly positionMs: number | null
    }
  | {
      readonly kind: 'marker'
      readonly atMs: number
      readonly type: string
      readonly measures: Measures
      readonly payload: unknown
    }

/** Limit: default 1,000, at most 10,000 events. */
export interface TimelineQuery extends Page {
  readonly sessionId: string
}
export interface TimelineAnswer extends Paged {
  readonly sessionId: string
  /** `events` while all detail is held, `quarters` where all of it is gone, `mixed` in between. */
  readonly detail: 'events' | 'mixed' | 'quarters'
  /** In order of time within a page; pages follow each other in the order in which the events were recorded. */
  readonly items: readonly TimelineItem[]
  /** The session's quarter hours; always complete. */
  readonly quarters: readonly { readonly fromMs: number; readonly utcOffsetMin: number; readonly measures: Measures }[]
}

export interface VideoSummary {
  readonly videoKey: string
  readonly title: string
  readonly facts: VideoFacts
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
  readonly measures: Measures
  readonly rates: Rates
}
/** A measure by which videos are ordered, largest first. */
export type VideoSort = 'activeMs' | 'lines' | 'chars' | 'words' | 'cards' | 'lookups' | 'sessions'
export interface VideosQuery extends LanguageFilter, Page {
  /** Descending. Default activeMs. */
  readonly sort?: VideoSort
}
/** Limit: default 50, at most 500. */
export interface VideosAnswer extends Paged {
  readonly videos: readonly VideoSummary[]
}
export interface VideoAnswer extends Answer {
  readonly video: VideoSummary
  /** Most active first. */
  readonly languages: readonly { readonly language: string; readonly measures: Measures }[]
  /** Its 50 latest sessions, newest first. */
  readonly sessions: readonly SessionSummary[]
}

export interface DailyQuery extends DayRange, Page {
  readonly videoKey?: string
}
export interface DayRow {
  readonly localDay: number
  readonly videoKey: string
  readonly title: string
  readonly language: string
  readonly measures: Measures
  readonly rates: Rates
}
/** By day, video key and language, newest day first. Limit: default 200, at most 5,000. */
export interface DailyAnswer extends Paged {
  /**
   * The first local day of which rows are kept, where what was asked reaches before it; null: nothing is left out. Rows before
   * it went by retention; a wider window (`configure`) brings them back.
   */
  readonly rowsFrom: number | null
  readonly days: readonly DayRow[]
}

export interface MonthlyQuery extends LanguageFilter, Page {
  /** YYYYMM, inclusive and exclusive. */
  readonly fromMonth?: number
  readonly toMonth?: number
  readonly videoKey?: string
}
export interface MonthRow {
  readonly localMonth: number
  readonly videoKey: string
  readonly title: string
  readonly language: string
  readonly measures: Measures
  readonly rates: Rates
}
/** By month, video key and language, newest month first. Limit: default 200, at most 5,000. */
export interface MonthlyAnswer extends Paged {
  /**
   * The first local month of which rows are kept, where what was asked reaches before it; null: nothing is left out. Rows before
   * it went by retention; a wider window (`configure`) brings them back.
   */
  readonly rowsFrom: number | null
  readonly months: readonly MonthRow[]
}

export type ThroughputBy = 'session' | 'day' | 'month' | 'video' | 'series'
export interface ThroughputQuery extends DayRange {
  /** Default day. */
  readonly by?: ThroughputBy
  /** Default 60, at most 500; the newest (session, day, month) or the most active (video, series). */
  readonly limit?: number
}
export interface ThroughputRow {
  /** The session id, `YYYY-MM-DD`, `YYYY-MM`, the video key or the series' name (the video key where there is none). */
  readonly key: string
  readonly label: string
  readonly measures: Measures
  readonly rates: Rates
}
/**
 * Newest first (session, day, month), most active first (video, series). Video and series are whole-life sums unless a
 * range is asked; a session belongs to the day on which it began. A video that names no series stands for itself.
 */
export interface ThroughputAnswer extends Answer {
  readonly by: ThroughputBy
  /**
   * The first local month (by month), or local day (by video or series, in a range), of which rows are kept, where what was asked reaches before it; null: nothing is left out. Rows before
   * it went by retention; a wider window (`configure`) brings them back.
   */
  readonly rowsFrom: number | null
  readonly rows: readonly ThroughputRow[]
}

export interface StreakQuery extends LanguageFilter {
  /** Active minutes that make a day count, 1–1,440. Default 1. */
  readonly minimumMinutes?: number
  /** Default: now, on the learner's clock. Days after it do not matter to the answer. */
  readonly today?: number
}
export interface StreakSpan {
  /** Days that count; a date in between that never existed for the learner is not one of them. */
  readonly days: number
  /** Null for both when days is 0. */
  readonly fromDay: number | null
  /** Inclusive. */
  readonly lastDay: number | null
}
export interface StreakAnswer extends Answer {
  readonly minimumMinutes: number
  readonly today: number
  /** True once today counts; an unfinished today does not break the streak. */
  readonly todayCounts: boolean
  readonly current: StreakSpan
  readonly longest: StreakSpan
  /** All days up to today that count. */
  readonly activeDays: number
}

export interface TrendQuery extends LanguageFilter {
  /** Length of the span in days, ending with `today`. Default 30, at most 3,660. */
  readonly days?: number
  readonly today?: number
}
export interface TrendSpan {
  readonly fromDay: number
  /** Exclusive. */
  readonly toDay: number
  /** Days with an active minute or more. */
  readonly activeDays: number
  readonly measures: Measures
  readonly rates: Rates
}
export interface TrendAnswer extends Answer {
  readonly current: TrendSpan
  readonly previous: TrendSpan
  /** (current − previous) ÷ previous by measure; null where previous is 0. */
  readonly change: Readonly<Record<keyof Measures, number | null>>
  /** The current span day by day, days without anything left out. */
  readonly days: readonly { readonly localDay: number; readonly measures: Measures }[]
}

export interface HoursQuery extends LanguageFilter {}
export interface HoursAnswer extends Answer {
  /** Cells with something in them; weekday 1 Monday – 7 Sunday of the local day, hour 0–23 of the clock. */
  readonly cells: readonly { readonly weekday: number; readonly hour: number; readonly measures: Measures }[]
}

/** At most 3,660 days; default the 366 that end with today (with one end given, 366 days to or from it). */
export interface CalendarQuery extends DayRange {
  readonly today?: number
}
export interface CalendarAnswer extends Answer {
  readonly fromDay: number
  readonly toDay: number
  /** Ascending; days without anything are left out. */
  readonly days: readonly { readonly localDay: number; readonly measures: Measures }[]
}

export interface OverviewQuery extends LanguageFilter {
  readonly today?: number
}
export interface OverviewAnswer extends Answer {
  readonly today: { readonly localDay: number; readonly measures: Measures; readonly rates: Rates }
  /** Today and the six days before. */
  readonly week: { readonly measures: Measures; readonly rates: Rates }
  readonly total: { readonly measures: Measures; readonly rates: Rates }
  /** Videos of which something was counted. */
  readonly videos: number
  /** Days up to today with an active minute or more. */
  readonly activeDays: number
  readonly streak: { readonly current: StreakSpan; readonly longest: StreakSpan }
  /** Most active first. */
  readonly languages: readonly { readonly language: string; readonly measures: Measures }[]
  /** The 5 latest, newest first. */
  readonly latestSessions: readonly SessionSummary[]
}

/**
 * A value out of its range, a cursor of another question and an argument that does not exist are refused with
 * INVALID_ARGUMENT (details: question, argument, value, allowed).
 */
export interface Analytics {
  overview(query?: OverviewQuery): Promise<OverviewAnswer>
  sessions(query?: SessionsQuery): Promise<SessionsAnswer>
  /** UNKNOWN_SESSION if there is none. */
  session(sessionId: string): Promise<SessionAnswer>
  timeline(query: TimelineQuery): Promise<TimelineAnswer>
  videos(query?: VideosQuery): Promise<VideosAnswer>
  /** UNKNOWN_VIDEO if there is none. */
  video(videoKey: string): Promise<VideoAnswer>
  daily(query?: DailyQuery): Promise<DailyAnswer>
  monthly(query?: MonthlyQuery): Promise<MonthlyAnswer>
  throughput(query?: ThroughputQuery): Promise<ThroughputAnswer>
  streak(query?: StreakQuery): Promise<StreakAnswer>
  trend(query?: TrendQuery): Promise<TrendAnswer>
  hours(query?: HoursQuery): Promise<HoursAnswer>
  calendar(query?: CalendarQuery): Promise<CalendarAnswer>
  /** Rows of any registered projection, as they stand; see RowQuery. Limit: default 1,000, at most 10,000; `after` goes on. */
  rows(query: RowQuery): Promise<RowsAnswer>
}

/** The names of all queries, from which the store's facade is made. A query that is missing here does not compile. */
export const ANALYTICS_QUERIES = {
  overview: true,
  sessions: true,
  session: true,
  timeline: true,
  videos: true,
  video: true,
  daily: true,
  monthly: true,
  throughput: true,
  streak: true,
  trend: true,
  hours: true,
  calendar: true,
  rows: true,
} as const satisfies Readonly<Record<keyof Analytics, true>>

export interface RowsAnswer extends Answer {
  /**
   * The first value of the projection's `window` column of which rows are kept, where what was asked reaches before it; null: nothing is left out. Rows before
   * it went by retention; a wider window (`configure`) brings them back.
   */
  readonly rowsFrom: number | null
  readonly rows: readonly { readonly key: Readonly<Record<string, string | number>>; readonly measures: Measures }[]
}
