// Limits of answers: the default and the maximum of each query's `limit`, and the lengths of spans. The queries check against
// them, the docs and the command quote them. Each maximum keeps an answer below a few megabytes.

export const ANALYTICS_LIMITS = {
  sessions: { default: 50, maximum: 500 },
  timeline: { default: 1_000, maximum: 10_000 },
  videos: { default: 50, maximum: 500 },
  daily: { default: 200, maximum: 5_000 },
  monthly: { default: 200, maximum: 5_000 },
  throughput: { default: 60, maximum: 500 },
  rows: { default: 1_000, maximum: 10_000 },
} as const

/** Days of a calendar and of each span of a trend: ten years. */
export const SPAN_MAX_DAYS = 3_660
/** A year and a day, so that the same date a year ago is shown. */
export const CALENDAR_DEFAULT_DAYS = 366
export const TREND_DEFAULT_DAYS = 30
export const WEEK_DAYS = 7

export const STREAK_DEFAULT_MINUTES = 1
export const STREAK_MAX_MINUTES = 1_440

/** Sessions in the answers of `video` and `overview`. */
export const VIDEO_SESSIONS = 50
export const OVERVIEW_SESSIONS = 5
