// The query `languages`: what was watched in each language, most active first. It reads one row per day, and one per video,
// of each language, whatever the log's size.

import type { LanguagesAnswer } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import { withRates } from './rates.js'
import { READ_MODELS } from './read-models.js'
import { measuresOfRow, type Reading, textAt } from './reading.js'
import { BY_LANGUAGE } from './videos.js'

export function readLanguagesQuery(query: Readonly<Record<string, never>> | undefined) {
  return argument.readArguments('languages', query, {})
}

export async function answerLanguages(reading: Reading): Promise<LanguagesAnswer> {
  const [sums, videos] = await Promise.all([
    reading.rows({ projection: READ_MODELS.calendar, ...BY_LANGUAGE }),
    reading.rows({ projection: READ_MODELS.videos, groupBy: ['language', 'videoKey'], measures: [] }),
  ])
  const videosOf = (language: string) => videos.filter((row) => textAt(row, 0) === language).length
  const languages = sums.map((row) => {
    const language = textAt(row, 0)
    return { language, videos: videosOf(language), ...withRates(measuresOfRow(row)) }
  })
  return { languages, asOfRevision: reading.head.revision }
}
