// The look of sessions in a terminal: the list, one session, and its timeline. Pure: an answer in, lines out.

import { zoneOffsetMin } from '../events/calendar.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { SessionAnswer, SessionsAnswer, TimelineAnswer, TimelineItem } from '../ports/analytics-types.js'
import { bar, table } from './pictures.js'
import {
  BAR_COLUMN,
  BAR_WIDTH,
  type Lines,
  MEASURE_COLUMNS,
  measureCells,
  measureList,
  nextPage,
  rateList,
  sessionTable,
  type View,
} from './stats-parts.js'
import * as say from './wording.js'

export function sessions(answer: SessionsAnswer, view: View): Lines {
  if (answer.sessions.length === 0) return ['No sessions match.']
  return [...sessionTable(answer.sessions, view), ...nextPage(answer.nextCursor)]
}

export function session({ session: one, eventsHeld, eventsRecorded }: SessionAnswer): Lines {
  return [
    `${one.title}${one.series === null ? '' : `  (${one.series})`}`,
    `${one.sessionId}  ${one.language}  ${say.clockTime(one.startedAtMs, one.utcOffsetMin)} – ${say.clockTime(one.endedAtMs, one.utcOffsetMin)}  ${one.status}`,
    `${say.counted(eventsRecorded, 'event')} recorded, ${say.number(eventsHeld)} still held`,
    '',
    ...measureList(one.measures),
    ...rateList(one.rates),
  ]
}

const REMOVED_TEXTS: Readonly<Record<TimelineAnswer['detail'], Lines>> = {
  events: [],
  mixed: ['Retention has removed some of the events. The quarter hours below are complete.'],
  quarters: ['Retention has removed the events. These are the quarter hours of the session.'],
}

export function timeline(answer: TimelineAnswer, view: View): Lines {
  const offsetMin = answer.quarters[0]?.utcOffsetMin ?? zoneOffsetMin(Date.now(), view.timeZone)
  const most = Math.max(0, ...answer.quarters.map((quarter) => quarter.measures.activeMs))
  return [
    ...REMOVED_TEXTS[answer.detail],
    ...answer.items.map((item) => timelineLine(item, offsetMin)),
    '',
    ...table(
      [{ title: 'quarter hour' }, ...MEASURE_COLUMNS, BAR_COLUMN],
      answer.quarters.map((quarter) => [
        say.clockTime(quarter.fromMs, quarter.utcOffsetMin),
        ...measureCells(quarter.measures),
        bar(quarter.measures.activeMs, most, BAR_WIDTH),
      ]),
      view.width,
    ),
    ...nextPage(answer.nextCursor),
  ]
}

function timelineLine(item: TimelineItem, offsetMin: number): string {
  const at = new Date(item.atMs + offsetMin * MINUTE_MS).toISOString().slice(11, 19)
  if (item.kind === 'sample') return `${at}  ┆ ${say.duration(item.measures.activeMs)} active`
  return `${at}  ${item.type}${payloadText(item.payload)}`
}

function payloadText(payload: unknown): string {
  if (payload === null || payload === undefined) return ''
  const text = (payload as { readonly text?: unknown }).text
  return `  ${typeof text === 'string' ? text.replace(/\s+/g, ' ') : JSON.stringify(payload)}`
}
