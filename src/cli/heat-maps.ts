// The two heat maps: the year by weeks, and the week by hours. Called like the functions of stats-render.ts. Pure.

import { weekdayOfDay } from '../events/calendar.js'
import { DAY_MS } from '../events/time-units.js'
import type { CalendarAnswer, HoursAnswer } from '../ports/analytics-types.js'
import type { Lines } from './output.js'
import { heatCell, heatLevel } from './pictures.js'
import type { View } from './stats-parts.js'
import * as say from './wording.js'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
/** In columns of the terminal. */
const CELL_WIDTH = 2
/** A year and its margin, for output that goes to no terminal. */
const WIDTH_OF_A_YEAR = 111
const MARGIN = 5

/** Weeks as columns. Only the latest weeks are shown where not all fit the terminal. */
export function calendar(answer: CalendarAnswer, { color, width }: Pick<View, 'color' | 'width'>): Lines {
  const activeMs = new Map(answer.days.map((one) => [one.localDay, one.measures.activeMs]))
  const most = Math.max(0, ...activeMs.values())
  const lastDay = answer.toDay - 1
  const weeksShown = Math.max(1, Math.floor(((width ?? WIDTH_OF_A_YEAR) - MARGIN) / CELL_WIDTH))
  const lastMonday = mondayOf(lastDay)
  const begin = Math.max(mondayOf(answer.fromDay), lastMonday - (weeksShown - 1) * 7)
  const mondays = Array.from({ length: (lastMonday - begin) / 7 + 1 }, (_, week) => begin + week * 7)
  const rows = WEEKDAYS.map((name, weekday) => {
    const cells = mondays.map((monday) => {
      const localDay = monday + weekday
      if (localDay < answer.fromDay || localDay > lastDay) return '  '
      return heatCell(heatLevel(activeMs.get(localDay) ?? 0, most), color)
    })
    return `${weekday % 2 === 0 ? name : '   '}  ${cells.join('')}`.trimEnd()
  })
  const days = [...activeMs.values()].filter((ms) => ms > 0)
  const sum = days.reduce((total, ms) => total + ms, 0)
  return [
    `${' '.repeat(MARGIN)}${monthLine(mondays)}`,
    ...rows,
    '',
    `${say.counted(days.length, 'day')}, ${say.duration(sum)} active, at most ${say.duration(most)} on one day`,
  ]
}

/** Weekdays as rows, hours of the clock as columns. */
export function hours(answer: HoursAnswer, { color }: Pick<View, 'color'>): Lines {
  const activeMs = new Map(answer.cells.map((cell) => [cell.weekday * 24 + cell.hour, cell.measures.activeMs]))
  const most = Math.max(0, ...activeMs.values())
  const heading = [0, 6, 12, 18].map((hour) => String(hour).padEnd(6 * CELL_WIDTH)).join('')
  const rows = WEEKDAYS.map((name, index) => {
    const cells = Array.from({ length: 24 }, (_, hour) => activeMs.get((index + 1) * 24 + hour) ?? 0)
    return `${name}  ${cells.map((ms) => heatCell(heatLevel(ms, most), color)).join('')}`.trimEnd()
  })
  return [
    `${' '.repeat(MARGIN)}${heading.trimEnd()}`,
    ...rows,
    '',
    `at most ${say.duration(most)} in one hour of the week`,
  ]
}

function mondayOf(localDay: number): number {
  return localDay - (weekdayOfDay(localDay) - 1)
}

/** Each month's name above the week in which it begins, where the name before it leaves room. */
function monthLine(mondays: readonly number[]): string {
  let line = ''
  mondays.forEach((monday, week) => {
    const date = new Date((monday + 6) * DAY_MS)
    const begins = date.getUTCDate() <= 7
    if (begins && line.length <= week * CELL_WIDTH)
      line = line.padEnd(week * CELL_WIDTH) + (MONTHS[date.getUTCMonth()] ?? '')
  })
  return line
}
