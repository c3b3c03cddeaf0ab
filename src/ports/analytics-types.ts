// The queries of `store.analytics` and their answers: plain objects of the same shape and with the same values on every
// backend. Ranges are half-open. Days are local days: the learner's local date as days since 1970-01-01, where a day begins
// at `dayStartsAtHour`. Months are YYYYMM.

import type { Measures } from '../events/measures.js'
import type { SessionFacts, VideoFacts } from '../events/types.js'
import type { RowQuery } from './event-log.js'

/** Every answer comes from one snapshot of the log. */
export interface Answer {
  /** The profile's revision in that snapshot. */
  readonly asOfRevision: number
  /** Present where the server is away and the answer comes from the spool: only what this device tracked is in it. */
  readonly fromSpool?: true
}

/** Computed when the answer is read, per active time, and stored nowhere. Null for a divisor of 0. */
export interface Rates {
  /** Characters per active hour. */
  readonly charsPerHour: number | null
  /** Words per active minute. */
  readonly wordsPerMinute: number | null
  /** Cards per active hour. */
  readonly cardsPerHour: number | null
  /** Lookups per 100 words. */
  readonly lookupsPerHundredWords: number | null
  /** Share of lookups that found an entry, 0 to 1. */
  readonly lookupHitRate: number | null
}

/** Sums, and what is computed from them. */
export interface Sums {
  /** With the learner's adjustments. */
  readonly measures: Measures
  /** Computed from the measures. */
  readonly rates: Rates
}

/** The sums of one local day. */
export interface DaySums {
  /** Days since 1970-01-01. */
  readonly localDay: number
  /** The sums of that day. */
  readonly measures: Measures
}

/** A video in an answer. */
export interface NamedVideo {
  /** The key under which the video is shown, after merges. */
  readonly videoKey: string
  /** The learner's title of the video, else the player's, else a label from the key. Never empty. */
  readonly title: string
}

export interface LanguageFilter {
  /** BCP 47 as recorded, or `und` for sessions without a language. Default: all languages together. */
  readonly language?: string
}

export interface DayRange extends LanguageFilter {
  /** First local day. Default: the first of the log. */
  readonly fromDay?: number
  /** One past the last local day. Default: no end. */
  readonly toDay?: number
}

export interface VideoFilter {
  /** The key of a video. Default: all videos. */
  readonly videoKey?: string
}

export interface TodayOption {
  /** The learner's local day. Default: today on the learner's clock. */
  readonly today?: number
}

export interface Page {
  /** Rows of the answer, at least 1. Default and maximum are in the description of each query. */
  readonly limit?: number
  /** `nextCursor` of the answer before, with the rest of the query unchanged. Default: the first page. */
  readonly cursor?: string
}

export interface Paged extends Answer {
  /** Pass as `cursor` for the next page. Null on the last page. */
  readonly nextCursor: string | null
}

/** An answer from rows that retention removes once they are past their window. */
export interface WindowedAnswer extends Answer {
  /**
   * The first local day, or month (YYYYMM), that still has rows, if the query reaches before it. Null if the answer leaves
   * nothing out. A wider window (`configure`) brings back the rows before it.
   */
  readonly rowsFrom: number | null
}

/** `ended` after session.ended; without it `active` while events come, and `silent` after five minutes without any. */
export type SessionStatus = 'active' | 'ended' | 'silent'

export interface SessionSummary extends SessionFacts, NamedVideo, Sums {
  /** The id of the session's stream, a UUID. */
  readonly sessionId: string
  /** Null for a video without a series. */
  readonly series: string | null
  /** BCP 47 after corrections; `und` if unknown. */
  readonly language: string
  /** Epoch milliseconds. */
  readonly startedAtMs: number
  /** Minutes east of UTC of the learner's clock at the start. */
  readonly utcOffsetMin: number
  /** The local day of the start. */
  readonly localDay: number
  /** Epoch milliseconds: of session.ended. Without one, or where the session goes on after it, the last moment of its events. */
  readonly endedAtMs: number
  /** At the time of the query. */
  readonly status: SessionStatus
}

/** Limit: default 50, at most 500. */
export interface SessionsQuery extends LanguageFilter, VideoFilter, Page {
  /** Sessions that began at this moment or later, epoch milliseconds. Default: the first of the log. */
  readonly fromMs?: number
  /** Sessions that began before this moment, epoch milliseconds. Default: no end. */
  readonly toMs?: number
}

export interface SessionsAnswer extends Paged {
  /** Newest first. */
  readonly sessions: readonly SessionSummary[]
}

export interface SessionAnswer extends Answer {
  /** The session as the list of sessions shows it. */
  readonly session: SessionSummary
  /** Events that the log still holds. */
  readonly eventsHeld: number
  /** Events ever counted. */
  readonly eventsRecorded: number
}

export type TimelineItem =
  | {
      /** A heartbeat. */
      readonly kind: 'sample'
      /** Epoch milliseconds: the beginning of the time that it covers. */
      readonly atMs: number
      /** Length of the time that it covers. */
      readonly coversMs: number
      /** What it counted. */
      readonly measures: Measures
      /** Place in the video in milliseconds; null if unknown. */
      readonly positionMs: number | null
    }
  | {
      /** Any other event. */
      readonly kind: 'marker'
      /** Epoch milliseconds. */
      readonly atMs: number
      /** The type of the event. */
      readonly type: string
      /** What it counted. */
      readonly measures: Measures
      /** Its payload in the current version of its type; null without one. */
      readonly payload: unknown
    }

/** Limit: default 1,000, at most 10,000 events. */
export interface TimelineQuery extends Page {
  /** The session's id, a UUID. */
  readonly sessionId: string
}

export interface TimelineAnswer extends Paged {
  /** The session's id, as queried. */
  readonly sessionId: string
  /** `events` while all detail is held, `quarters` once all of it is deleted, `mixed` in between. */
  readonly detail: 'events' | 'mixed' | 'quarters'
  /** By time within a page. Pages follow each other in the order in which the events were recorded. */
  readonly items: readonly TimelineItem[]
  /** The session's sums by quarter hour of UTC, ascending. Complete on every page, whatever detail is held. */
  readonly quarters: readonly {
    /** Epoch milliseconds: the beginning of the quarter hour. */
    readonly fromMs: number
    /** Minutes east of UTC of the learner's clock in that quarter hour. */
    readonly utcOffsetMin: number
    readonly measures: Measures
  }[]
}

/** A video, with its sums over all time. */
export interface VideoSummary extends NamedVideo, Sums {
  /** What is known of the video; the learner's names beat the player's. */
  readonly facts: VideoFacts
  /** First moment of its sessions, epoch milliseconds. */
  readonly firstSeenAtMs: number
  /** Last moment of its sessions, epoch milliseconds. */
  readonly lastSeenAtMs: number
}

/** The measures by which videos can be ordered. */
export type VideoSort = 'activeMs' | 'lines' | 'chars' | 'words' | 'cards' | 'lookups' | 'sessions'

/** Limit: default 50, at most 500. */
export interface VideosQuery extends LanguageFilter, Page {
  /** Largest first. Default: `activeMs`. */
  readonly sort?: VideoSort
}

export interface VideosAnswer extends Paged {
  /** In the order of the query. */
  readonly videos: readonly VideoSummary[]
}

export interface VideoAnswer extends Answer {
  /** The video as the list of videos shows it. */
  readonly video: VideoSummary
  /** Most active first. */
  readonly languages: readonly Pick<LanguageSums, 'language' | 'measures'>[]
  /** The latest 50, newest first. */
  readonly sessions: readonly SessionSummary[]
}

/** Limit: default 200, at most 5,000. */
export interface DailyQuery extends DayRange, VideoFilter, Page {}

/** The sums of one video and language in some period. */
export interface VideoSums extends NamedVideo, Sums {
  /** BCP 47; `und` if unknown. */
  readonly language: string
}

/** The sums of one video, local day and language. */
export interface DayRow extends VideoSums {
  /** Days since 1970-01-01. */
  readonly localDay: number
}

export interface DailyAnswer extends Paged, WindowedAnswer {
  /** Newest day first; within a day by video key and language. */
  readonly days: readonly DayRow[]
}

/** Limit: default 200, at most 5,000. */
export interface MonthlyQuery extends LanguageFilter, VideoFilter, Page {
  /** First month, YYYYMM. Default: the first of the log. */
  readonly fromMonth?: number
  /** The month after the last one, YYYYMM. Default: no end. */
  readonly toMonth?: number
}

/** The sums of one video, local month and language. */
export interface MonthRow extends VideoSums {
  /** YYYYMM. */
  readonly localMonth: number
}

export interface MonthlyAnswer extends Paged, WindowedAnswer {
  /** Newest month first; within a month by video key and language. */
  readonly months: readonly MonthRow[]
}

export type ThroughputBy = 'session' | 'day' | 'month' | 'video' | 'series'

export interface ThroughputQuery extends DayRange {
  /** Default: `day`. */
  readonly by?: ThroughputBy
  /** Rows of the answer. Default 60, at least 1, at most 500. */
  readonly limit?: number
}

/** The sums of one group. */
export interface ThroughputRow extends Sums {
  /** The session id, `YYYY-MM-DD`, `YYYY-MM`, the video key or the name of the series. */
  readonly key: string
  /** A session or a video by its title, a day or a month as in `key`, a series by its name. Never empty. */
  readonly label: string
}

/**
 * A session belongs to the local day on which it began. Videos and series are sums over all time unless the query has a
 * range. A video without a series is a series of its own, under its video key. Without a range,
 * `rowsFrom` is a month if `by` is `month`. With one, it is a day if `by` is `video` or `series`. Otherwise it is null.
 */
export interface ThroughputAnswer extends WindowedAnswer {
  /** As queried, or its default. */
  readonly by: ThroughputBy
  /** Newest first by session, day or month; most active first by video or series. */
  readonly rows: readonly ThroughputRow[]
}

/** Looks at the days up to `today`. */
export interface StreakQuery extends LanguageFilter, TodayOption {
  /** Active minutes that make a day count, 1 to 1,440. Default 1. */
  readonly minimumMinutes?: number
}

export interface StreakSpan {
  /** Days that count. A date within the span that never existed for the learner is not one of them. */
  readonly days: number
  /** First local day; null where `days` is 0. */
  readonly fromDay: number | null
  /** Last local day, inclusive; null where `days` is 0. */
  readonly lastDay: number | null
}

export interface StreakAnswer extends Answer {
  /** As queried, or its default. */
  readonly minimumMinutes: number
  /** As queried, or its default. */
  readonly today: number
  /** Whether today has enough active minutes already. A streak up to yesterday is current until today has ended. */
  readonly todayCounts: boolean
  /** The streak that ends today, or yesterday while today does not count yet. */
  readonly current: StreakSpan
  /** Of equally long streaks the first. */
  readonly longest: StreakSpan
  /** The number of days up to today that count. */
  readonly activeDays: number
}

export interface TrendQuery extends LanguageFilter, TodayOption {
  /** Length of the span, which ends with `today`: 1 to 3,660 days. Default 30. */
  readonly days?: number
}

/** A span of days in an answer. */
export interface DaySpan {
  /** First local day. */
  readonly fromDay: number
  /** One past the last local day. */
  readonly toDay: number
}

export interface TrendSpan extends DaySpan, Sums {
  /** Days with an active minute or more. */
  readonly activeDays: number
}

export interface TrendAnswer extends Answer {
  /** The span that ends with `today`. */
  readonly current: TrendSpan
  /** The span of the same length before the current one. */
  readonly previous: TrendSpan
  /** By measure (current − previous) ÷ previous; null where previous is 0. */
  readonly change: Readonly<Record<keyof Measures, number | null>>
  /** The days of the current span, ascending, without empty days. */
  readonly days: readonly DaySums[]
}

export interface HoursQuery extends LanguageFilter {}

export interface HoursAnswer extends Answer {
  /** The cells that are not empty, by weekday and hour. */
  readonly cells: readonly {
    /** Of the local day: 1 Monday to 7 Sunday. */
    readonly weekday: number
    /** Of the learner's clock, 0 to 23. */
    readonly hour: number
    readonly measures: Measures
  }[]
}

/** At most 3,660 days. Default: the 366 days that end with today. With one end given, 366 days from it or up to it. */
export interface CalendarQuery extends DayRange, TodayOption {}

export interface CalendarAnswer extends Answer, DaySpan {
  /** Ascending, without empty days. */
  readonly days: readonly DaySums[]
}

export interface OverviewQuery extends LanguageFilter, TodayOption {}

export interface OverviewAnswer extends Answer {
  /** The local day on which the learner is, with its sums. */
  readonly today: DaySums & Sums
  /** Today and the six days before it. */
  readonly week: Sums
  /** Everything that the log counted. */
  readonly total: Sums
  /** Number of videos with anything counted. */
  readonly videos: number
  /** Number of days up to today with an active minute or more. */
  readonly activeDays: number
  /** As the query `streak` with its default of 1 minute. */
  readonly streak: Pick<StreakAnswer, 'current' | 'longest'>
  /** Most active first. */
  readonly languages: readonly Pick<LanguageSums, 'language' | 'measures'>[]
  /** The latest 5, newest first. */
  readonly latestSessions: readonly SessionSummary[]
}

/**
 * Every query reads one snapshot. A value out of its range, a cursor of another query and an unknown argument are refused
 * with INVALID_ARGUMENT (details: question, argument, value, allowed; `question` is the name of the query).
 */
export interface Analytics {
  /** Today, the week, the total, the streak and the latest sessions on one screen. */
  overview(query?: OverviewQuery): Promise<OverviewAnswer>
  /** Sessions, newest first. */
  sessions(query?: SessionsQuery): Promise<SessionsAnswer>
  /** One session by its id. UNKNOWN_SESSION where there is none that counts. */
  session(sessionId: string): Promise<SessionAnswer>
  /** The events of one session. The only query that reads the log. UNKNOWN_SESSION where there is none that counts. */
  timeline(query: TimelineQuery): Promise<TimelineAnswer>
  /** Videos by a measure, largest first. */
  videos(query?: VideosQuery): Promise<VideosAnswer>
  /** One video by its key. UNKNOWN_VIDEO where there is none. */
  video(videoKey: string): Promise<VideoAnswer>
  /** Sums by local day, video and language, newest day first. */
  daily(query?: DailyQuery): Promise<DailyAnswer>
  /** Sums by local month, video and language, newest month first. */
  monthly(query?: MonthlyQuery): Promise<MonthlyAnswer>
  /** Rates by session, day, month, video or series. */
  throughput(query?: ThroughputQuery): Promise<ThroughputAnswer>
  /** Successive days with enough active time. */
  streak(query?: StreakQuery): Promise<StreakAnswer>
  /** One span of days against the span before it. */
  trend(query?: TrendQuery): Promise<TrendAnswer>
  /** Sums by weekday and hour. */
  hours(query?: HoursQuery): Promise<HoursAnswer>
  /** Sums by local day over all videos, for a heat map. */
  calendar(query?: CalendarQuery): Promise<CalendarAnswer>
  /** What was watched in each language, most active first. */
  languages(query?: Readonly<Record<string, never>>): Promise<LanguagesAnswer>
  /**
   * Rows of any registered projection, see RowQuery. Limit: default 1,000, at most 10,000. `after` continues after a row.
   * UNKNOWN_PROJECTION where there is none of that id.
   */
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
  languages: true,
  rows: true,
} as const satisfies Readonly<Record<keyof Analytics, true>>

export interface LanguagesAnswer extends Answer {
  /** Most active first. */
  readonly languages: readonly LanguageSums[]
}

/** The sums of one language over all time. */
export interface LanguageSums extends Sums {
  /** BCP 47 as recorded, or `und` for sessions without a language. */
  readonly language: string
  /** Videos watched in it. A video that was watched in two languages counts in both. */
  readonly videos: number
}

/** `rowsFrom` is a value of the projection's `window` column. */
export interface RowsAnswer extends WindowedAnswer {
  /** In the order of the query. */
  readonly rows: readonly {
    /** By the columns of `groupBy`. */
    readonly key: Readonly<Record<string, string | number>>
    readonly measures: Measures
  }[]
}
