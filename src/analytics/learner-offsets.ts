// Local dates that never existed for the learner: Apia had no 2011-12-30, and a traveller who sails west over the date line
// loses a day too. The learner's zone is not stored, so the offsets of sessions decide. A date was skipped where it stands
// alone between active days, and the learner's offset grew by a day or more from the session before it to the one after it.
// Only the sessions around such dates are read, in one query, and the answer is kept until the log changes.

import { localDayOf } from '../events/calendar.js'
import { MINUTE_MS } from '../events/time-units.js'
import { sessionOf } from '../ledger/facts.js'
import { integerAt, READ_MODELS, type Reading, type SkippedDates, textAt } from './reading.js'
import { startRangeOfDays } from './sessions.js'

const NO_DATES: ReadonlySet<number> = new Set()

export function createSkippedDates(): SkippedDates {
  let lastQuery = ''
  let lastAnswer = NO_DATES
  return async (reading, dates, today) => {
    if (dates.length === 0) return NO_DATES
    const { revision, settings } = reading.head
    const query = [revision, settings.dayStartsAtHour, reading.utcOffsetMin, today, ...dates].join()
    if (query === lastQuery) return lastAnswer
    const answer = await findSkipped(reading, dates, today)
    lastQuery = query
    lastAnswer = answer
    return answer
  }
}

export interface OffsetAt {
  readonly atMs: number
  readonly utcOffsetMin: number
}

async function findSkipped(reading: Reading, dates: readonly number[], today: number): Promise<ReadonlySet<number>> {
  const starts = await readStarts(reading, dates)
  const around = new Map(dates.map((date) => [date, startsAround(reading, starts, date)]))
  const offsets = await readOffsets(reading, [...around.values()].flat())
  const skipped = dates.filter((date) => {
    const moments = (around.get(date) ?? []).flatMap(({ sessionId, atMs }) => {
      const utcOffsetMin = offsets.get(sessionId)
      return utcOffsetMin === undefined ? [] : [{ atMs, utcOffsetMin }]
    })
    // No session has followed yet. The learner's clock of now stands for it.
    if (date === today - 1) moments.push(noonOf(today, reading.utcOffsetMin))
    return isSkipped(date, moments, reading.head.settings.dayStartsAtHour)
  })
  return new Set(skipped)
}

interface Start {
  readonly atMs: number
  readonly sessionId: string
}

/** Starts of all sessions from the day before the first date to the day after the last one, ascending. */
async function readStarts(reading: Reading, dates: readonly number[]): Promise<readonly Start[]> {
  const [first = 0, last = 0] = [dates[0], dates.at(-1)]
  const rows = await reading.rows({
    projection: READ_MODELS.sessions,
    range: startRangeOfDays(reading.head.settings, first - 1, last + 2),
    groupBy: ['startedAtMs', 'sessionId'],
    measures: [],
  })
  return rows.map((row) => ({ atMs: integerAt(row, 0), sessionId: textAt(row, 1) }))
}

/** The starts on the date by any clock, the one before and the one after. The two that enclose the date are among them. */
function startsAround(reading: Reading, starts: readonly Start[], date: number): readonly Start[] {
  const { from = 0, to = 0 } = startRangeOfDays(reading.head.settings, date, date + 1)
  return starts.slice(Math.max(firstNotBefore(starts, from) - 1, 0), firstNotBefore(starts, to) + 1)
}

function firstNotBefore(starts: readonly Start[], atMs: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle]?.atMs ?? atMs) < atMs) low = middle + 1
    else high = middle
  }
  return low
}

async function readOffsets(reading: Reading, starts: readonly Start[]): Promise<ReadonlyMap<string, number>> {
  const streamIds = [...new Set(starts.map(({ sessionId }) => sessionId))]
  const streams = streamIds.length === 0 ? [] : await reading.snapshot.streams({ streamIds })
  return new Map(
    streams.flatMap((row) => {
      const session = sessionOf(row)
      return session === null ? [] : [[row.streamId, session.utcOffsetMin]]
    }),
  )
}

const DAY_MIN = 1_440

/** `moments` are the starts around the date, in order of time. */
export function isSkipped(date: number, moments: readonly OffsetAt[], dayStartsAtHour: number): boolean {
  const dayOf = ({ atMs, utcOffsetMin }: OffsetAt) => localDayOf(atMs, utcOffsetMin, dayStartsAtHour)
  const afterIndex = moments.findIndex((moment) => dayOf(moment) > date)
  const after = moments[afterIndex]
  const before = moments[afterIndex - 1]
  if (before === undefined || after === undefined || dayOf(before) === date) return false
  return after.utcOffsetMin - before.utcOffsetMin >= DAY_MIN
}

/** Noon is in the day of its date, at whatever hour (0–12) days begin. */
function noonOf(localDay: number, utcOffsetMin: number): OffsetAt {
  return { atMs: (localDay * DAY_MIN + DAY_MIN / 2 - utcOffsetMin) * MINUTE_MS, utcOffsetMin }
}
