// The queries `daily` and `monthly`: sums by local day or month, video and language, newest period first, paged. They are one
// query at two scales, each with a read model whose primary key begins with its period.

import { measuresOf } from '../events/measures.js'
import * as argument from './arguments.js'
import { type PageQuery, pageOfRows, paging } from './cursors.js'
import { type FilteredQuery, integerAt, type Query, READ_MODELS, type Reading, rowsFromOf, textAt } from './reading.js'
import { withRates } from './sums.js'
import { readVideos, titleOf } from './titles.js'

export const daily: Query<'daily'> = (given) => {
  const { fromDay, toDay, ...query } = argument.readArguments('daily', given, {
    language: argument.optionalText,
    videoKey: argument.optional(argument.videoKey),
    fromDay: argument.optionalDay,
    toDay: argument.optionalDay,
    ...paging('daily', ['integer', 'text', 'text']),
  })
  return async (reading) => {
    const range = { column: 'localDay', from: fromDay, to: toDay }
    const { periods, nextCursor } = await readPeriods(reading, 'daily', range, query)
    const days = periods.map(({ period, ...sums }) => ({ localDay: period, ...sums }))
    return { days, rowsFrom: rowsFromOf(reading, 'day', fromDay), nextCursor }
  }
}

export const monthly: Query<'monthly'> = (given) => {
  const { fromMonth, toMonth, ...query } = argument.readArguments('monthly', given, {
    language: argument.optionalText,
    videoKey: argument.optional(argument.videoKey),
    fromMonth: argument.optionalMonth,
    toMonth: argument.optionalMonth,
    ...paging('monthly', ['integer', 'text', 'text']),
  })
  return async (reading) => {
    const range = { column: 'localMonth', from: fromMonth, to: toMonth }
    const { periods, nextCursor } = await readPeriods(reading, 'monthly', range, query)
    const months = periods.map(({ period, ...sums }) => ({ localMonth: period, ...sums }))
    return { months, rowsFrom: rowsFromOf(reading, 'month', fromMonth), nextCursor }
  }
}

interface VideoFilter {
  readonly language: string | undefined
  readonly videoKey: string | undefined
}

async function readPeriods(
  reading: Reading,
  name: 'daily' | 'monthly',
  range: NonNullable<FilteredQuery['range']>,
  { limit, cursor, ...equals }: PageQuery & VideoFilter,
) {
  const query = { projection: READ_MODELS[name], equals, range, orderBy: [{ column: range.column, descending: true }] }
  const { page, nextCursor } = await pageOfRows(reading, name, { limit, cursor }, query)
  const videos = await readVideos(
    reading.snapshot,
    page.map((row) => textAt(row, 1)),
  )
  const periods = page.map((row) => {
    const { measures, rates } = withRates(measuresOf(row.measures))
    const videoKey = textAt(row, 1)
    const title = titleOf(videoKey, videos.get(videoKey))
    return { period: integerAt(row, 0), videoKey, title, language: textAt(row, 2), measures, rates }
  })
  return { periods, nextCursor }
}
