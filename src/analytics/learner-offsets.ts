// Which local dates never existed for the learner: Apia had no 2011-12-30, and who sails west over the date line loses a
// day too. No calendar is asked, for the learner's zone is not stored: the offsets of sessions tell it. Where a date stands
// alone between days that count, and the learner's clock went forward by a day or more between the session before that
// date and the one after it, the clock went over the date.
//
// Only the sessions around such dates are read, all of them at once, and the answer is kept until the log changes.

import { localDayOf } from '../events/calendar.js'
import { MINUTE_MS } from '../events/time-units.js'
import { sessionOf } from '../ledger/facts.js'
import { READ_MODELS } from './read-models.js'
import { integerAt, type Reading, textAt } from './reading.js'
import { startRangeOfDays } from './sessions.js'

export interface LearnerOffsets {
  /** Those of `dates` (ascending) that never existed, on a learner's clock that on `today` is as it is now. */
  skippedDates(reading: Reading, dates: readonly number[], today: number): Promise<ReadonlySet<number>>
}

const NO_DATES: ReadonlySet<number> = new Set()

export function createLearnerOffsets(): LearnerOffsets {
  let lastAsked = ''
  let lastAnswer = NO_DATES
  return {
    async skippedDates(reading, dates, today) {
      if (dates.length === 0) return NO_DATES
      const { revision, settings } = reading.head
      const asked = [revision, settings.dayStartsAtHour, reading.utcOffsetMin, today, ...dates].join()
      if (asked === lastAsked) return lastAnswer
      const answer = await findSkipped(reading, dates, today)
      lastAsked = asked
      lastAnswer = answer
      return answer
    },
  }
}

export interface OffsetAt {
  readonly atMs: number
  readonly utcOffsetMin: number
}

async function findSkipped(reading: Reading, dates: readonly number[], today: number): Promise<ReadonlySet<number>> {
  const { settings } = reading.head
  const starts = await readStarts(reading, dates)
  const around = new Map(dates.map((date) => [date, startsAround(starts, boundsOf(reading, date))]))
  const offsets = await readOffsets(reading, [...around.values()].flat())
  const skipped = new Set<number>()
  for (const [date, near] of around) {
    const moments = near.flatMap(({ sessionId, atMs }) => {
      const utcOffsetMin = offsets.get(sessionId)
      return utcOffsetMin === undefined ? [] : [{ atMs, utcOffsetMin }]
    })
    // Nothing came since: the learner's clock now stands for the session that has not been yet.
    if (date === today - 1) moments.push(noonOf(today, reading.utcOffsetMin))
    if (isSkipped(date, moments, settings.dayStartsAtHour)) skipped.add(date)
  }
  return skipped
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
    ...startRangeOfDays(reading.head.settings, first - 1, last + 2),
    groupBy: ['startedAtMs', 'sessionId'],
    measures: [],
  })
  return rows.map((row) => ({ atMs: integerAt(row, 0), sessionId: textAt(row, 1) }))
}

interface Bounds {
  readonly fromMs: number
  readonly toMs: number
}

/** Before `fromMs` it is no such date yet on any clock, from `toMs` on no more. */
function boundsOf(reading: Reading, date: number): Bounds {
  const { range } = startRangeOfDays(reading.head.settings, date, date + 1)
  return { fromMs: range?.from ?? 0, toMs: range?.to ?? 0 }
}

/** The starts within, with the one before them and the one after: the two that enclose the date are among these. */
function startsAround(starts: readonly Start[], { fromMs, toMs }: Bounds): readonly Start[] {
  const from = firstNotBefore(starts, fromMs)
  const to = firstNotBefore(starts, toMs)
  return starts.slice(Math.max(from - 1, 0), to + 1)
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
  const offsets = new Map<string, number>()
  if (streamIds.length === 0) return offsets
  for (const stream of await reading.snapshot.streams({ streamIds })) {
    const session = sessionOf(stream)
    if (session !== null) offsets.set(stream.streamId, session.utcOffsetMin)
  }
  return offsets
}

const DAY_MIN = 1_440

/** `moments` are those around the date, in order of time. */
export function isSkipped(date: number, moments: readonly OffsetAt[], dayStartsAtHour: number): boolean {
  const dayOf = ({ atMs, utcOffsetMin }: OffsetAt) => localDayOf(atMs, utcOffsetMin, dayStartsAtHour)
  const afterIndex = moments.findIndex((moment) => dayOf(moment) > date)
  const after = moments[afterIndex]
  const before = moments[afterIndex - 1]
  if (before === undefined || after === undefined || dayOf(before) === date) return false
  return after.utcOffsetMin - before.utcOffsetMin >= DAY_MIN
}

/** Of any hour at which a day may begin (0–12), noon is in the day of its date. */
function noonOf(localDay: number, utcOffsetMin: number): OffsetAt {
  return { atMs: (localDay * DAY_MIN + DAY_MIN / 2 - utcOffsetMin) * MINUTE_MS, utcOffsetMin }
}
