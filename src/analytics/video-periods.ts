// The queries `daily` and `monthly`: sums by local day or month, video and language, newest period first, paged. They are one
// query at two scales, each with a read model whose primary key begins with its period.

import type { DailyAnswer, DailyQuery, MonthlyAnswer, MonthlyQuery, Paged } from '../ports/analytics-types.js'
import type { RowQuery } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { cursorOf, cursorReader, pageOf } from './cursors.js'
import { ANALYTICS_LIMITS } from './limits.js'
import {
  afterOf,
  equalsOf,
  integerAt,
  measuresOfRow,
  READ_MODELS,
  type Reading,
  rangeOf,
  rowsFromOf,
  textAt,
} from './reading.js'
import { ratesOf } from './sums.js'
import { readVideos, titleOf } from './titles.js'

export function readDailyQuery(query: DailyQuery | undefined) {
  return argument.readWithRange('daily', query, ['fromDay', 'toDay'], {
    language: argument.optional(argument.text),
    videoKey: argument.optional(argument.videoKey),
    fromDay: argument.optionalDay,
    toDay: argument.optionalDay,
    limit: argument.limit(ANALYTICS_LIMITS.daily),
    cursor: cursorReader('daily', ['integer', 'text', 'text']),
  })
}

export async function answerDaily(reading: Reading, query: ReturnType<typeof readDailyQuery>): Promise<DailyAnswer> {
  const { fromDay, toDay } = query
  const range = rangeOf('localDay', fromDay, toDay)
  const { periods, ...paged } = await answerPeriods(reading, 'daily', 'localDay', range, query)
  const days = periods.map(({ period, ...sums }) => ({ localDay: period, ...sums }))
  return { days, rowsFrom: rowsFromOf(reading, 'day', fromDay), ...paged }
}

export function readMonthlyQuery(query: MonthlyQuery | undefined) {
  return argument.readWithRange('monthly', query, ['fromMonth', 'toMonth'], {
    language: argument.optional(argument.text),
    videoKey: argument.optional(argument.videoKey),
    fromMonth: argument.optionalMonth,
    toMonth: argument.optionalMonth,
    limit: argument.limit(ANALYTICS_LIMITS.monthly),
    cursor: cursorReader('monthly', ['integer', 'text', 'text']),
  })
}

export async function answerMonthly(
  reading: Reading,
  query: ReturnType<typeof readMonthlyQuery>,
): Promise<MonthlyAnswer> {
  const { fromMonth, toMonth } = query
  const range = rangeOf('localMonth', fromMonth, toMonth)
  const { periods, ...paged } = await answerPeriods(reading, 'monthly', 'localMonth', range, query)
  const months = periods.map(({ period, ...sums }) => ({ localMonth: period, ...sums }))
  return { months, rowsFrom: rowsFromOf(reading, 'month', fromMonth), ...paged }
}

type PeriodsQuery = Pick<ReturnType<typeof readDailyQuery>, 'language' | 'videoKey' | 'limit' | 'cursor'>

async function answerPeriods(
  reading: Reading,
  query: 'daily' | 'monthly',
  column: string,
  range: Pick<RowQuery, 'range'>,
  { language, videoKey, limit, cursor }: PeriodsQuery,
) {
  const found = await reading.rows({
    projection: READ_MODELS[query],
    ...equalsOf({ language, videoKey }),
    ...range,
    orderBy: [{ column, descending: true }],
    ...afterOf(cursor),
    limit: limit + 1,
  })
  const { page, nextCursor } = pageOf(found, limit, (row) => cursorOf(query, row.key))
  const videoKeys = page.map((row) => textAt(row, 1))
  const videos = await readVideos(reading.snapshot, videoKeys)
  const periods = page.map((row) => {
    const measures = measuresOfRow(row)
    return {
      period: integerAt(row, 0),
      videoKey: textAt(row, 1),
      title: titleOf(textAt(row, 1), videos.get(textAt(row, 1))),
      language: textAt(row, 2),
      measures,
      rates: ratesOf(measures),
    }
  })
  const paged: Paged = { nextCursor, asOfRevision: reading.head.revision }
  return { periods, ...paged }
}
