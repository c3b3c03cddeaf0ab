// Rows of a hand-kept log as events: each row adjusts a video on its date, in a stream of its own, and each title names its
// video once. A stream's id is computed from the content of its event and from nothing else, not even this machine's clock or
// time zone. The same row is therefore the same event on every device, and importing it again adds nothing.

import { isoToDay } from '../events/calendar.js'
import { encodeEvent } from '../events/codec.js'
import { uuidV8FromSha256 } from '../events/ids.js'
import { canonicalMeasures, type SparseMeasures } from '../events/measures.js'
import { withoutUndefined } from '../events/plain-data.js'
import { DAY_MS } from '../events/time-units.js'
import type { CorrectionType, NewEvent, TrackingEvent } from '../events/types.js'
import { checkTrackingEvent, checkVideoKey } from '../events/validation.js'
import type { HandKeptRow } from './hand-kept.js'

/** The time of a title: the first moment of all, so that every other name that the learner gives the video is later and wins. */
const BEFORE_ALL_MS = 0

/** An event for each title, and one for each row in the order of the file. */
export function eventsOf(rows: readonly HandKeptRow[]) {
  const titles = new Map(rows.map(({ title }) => [title, checkVideoKey(`csv:${title}`).videoKey]))
  const alike = new Map<string, number>()
  return {
    titles: [...titles].map(([title, videoKey]) =>
      encoded(uuidV8FromSha256(`csv title ${videoKey}`), 'video.renamed', BEFORE_ALL_MS, {}, { videoKey, title }),
    ),
    rows: rows.map((row) => {
      const { date, measures, language } = row
      const videoKey = titles.get(row.title) as string
      const content = JSON.stringify([videoKey, date, language ?? null, canonicalMeasures(measures)])
      const ordinal = (alike.get(content) ?? 0) + 1
      alike.set(content, ordinal)
      return rowEvent(row, videoKey, uuidV8FromSha256(`csv row ${ordinal} ${content}`))
    }),
  }
}

/** The event counts at noon of the date in UTC, which is in the day of that date even where days begin at 12. */
function rowEvent({ date, measures, language }: HandKeptRow, videoKey: string, streamId: string): NewEvent {
  const countedAtMs = isoToDay(date) * DAY_MS + DAY_MS / 2
  const payload = withoutUndefined({ videoKey, date, countedAtMs, targetLanguage: language })
  return encoded(streamId, 'session.adjusted', countedAtMs, measures, payload)
}

function encoded(
  streamId: string,
  type: CorrectionType,
  occurredAtMs: number,
  measures: SparseMeasures,
  payload: TrackingEvent['payload'],
): NewEvent {
  return encodeEvent(checkTrackingEvent({ streamId, type, occurredAtMs, utcOffsetMin: 0, measures, payload }), 1).event
}
