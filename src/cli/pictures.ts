// Text for terminals: tables whose columns line up under Japanese titles, bars, and the two heat maps, which are the year by
// weeks and the week by hours. Pure: data in, lines out. Colour is used only where the caller says that the terminal shows it.

import stringWidth from 'string-width'
import { weekdayOfDay } from '../events/calendar.js'
import { DAY_MS } from '../events/time-units.js'
import type { CalendarAnswer, HoursAnswer } from '../ports/analytics-types.js'
import type { Lines } from './output.js'
import * as say from './wording.js'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Default left; numbers are aligned to the right. */
  readonly align?: 'left' | 'right'
  /** Cells wider than this are cut with `…`. In a narrow terminal this column is cut further. */
  readonly maxWidth?: number
  /** Left out where the terminal is too narrow for all columns, the last such column first. */
  readonly spare?: boolean
}

const GAP = '  '
/** Titles stay recognizable at this width. A wider one is cut only when every spare column is gone. */
const CUT_MIN_WIDTH = 24
const CUT_LEAST_WIDTH = 12

/** A table without rules: a heading, then a line for each row. At most `width` cells wide, where that is possible. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = Number.POSITIVE_INFINITY,
): Lines {
  const cells = columns.map(({ title, cell, maxWidth }) => [title, ...rows.map((row) => cut(cell(row), maxWidth))])
  const natural = cells.map((column) => Math.max(...column.map((cell) => stringWidth(cell))))
  const widths = fittedWidths(columns, natural, width)
  return ['', ...rows].map((_, line) => {
    const shown = columns.flatMap(({ align }, index) => {
      const columnWidth = widths[index]
      return columnWidth === undefined ? [] : [padded(cut(cells[index]?.[line] ?? '', columnWidth), columnWidth, align)]
    })
    return shown.join(GAP).trimEnd()
  })
}

/** The width of each column, undefined where it is empty or left out. */
function fittedWidths(
  columns: readonly Pick<Column<never>, 'maxWidth' | 'spare'>[],
  natural: readonly number[],
  width: number,
): readonly (number | undefined)[] {
  const widths = natural.map((one): number | undefined => (one === 0 ? undefined : one))
  const excess = () => {
    const kept = widths.filter((one) => one !== undefined)
    return kept.reduce((sum, one) => sum + one, GAP.length * (kept.length - 1)) - width
  }
  const cutTo = (least: number) =>
    columns.forEach(({ maxWidth }, index) => {
      const now = widths[index]
      if (maxWidth !== undefined && now !== undefined)
        widths[index] = Math.max(Math.min(now, least), now - Math.max(0, excess()))
    })
  cutTo(CUT_MIN_WIDTH)
  for (let index = columns.length - 1; index >= 0 && excess() > 0; index--) {
    if (columns[index]?.spare) widths[index] = undefined
  }
  cutTo(CUT_LEAST_WIDTH)
  return widths
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of at most `width` cells for `value` out of `max`, in steps of an eighth of a cell. Above 0 it is never empty. */
export function bar(value: number, max: number, width: number): string {
  if (value <= 0 || max <= 0) return ''
  const eighths = Math.max(1, Math.round((value / max) * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

export function bold(text: string, color: boolean): string {
  return color ? `\u001b[1m${text}\u001b[0m` : text
}

function padded(text: string, width: number, align: Column<never>['align']): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}

/** At most `maxWidth` columns wide; a longer text ends in `…`. */
export function cut(text: string, maxWidth: number | undefined): string {
  const oneLine = text.replace(/\s+/g, ' ')
  if (maxWidth === undefined || stringWidth(oneLine) <= maxWidth) return oneLine
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(oneLine)) {
    if (stringWidth(kept + segment) > maxWidth - 1) break
    kept += segment
  }
  return `${kept}…`
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
/** In columns of the terminal. */
const CELL_WIDTH = 2
/** A year and its margin, for output that goes to no terminal. */
const WIDTH_OF_A_YEAR = 111
const MARGIN = 5

/** Weeks as columns. Only the latest weeks are shown where not all fit the terminal. */
export function calendar(
  answer: CalendarAnswer,
  { color, width }: { readonly color: boolean; readonly width: number | undefined },
): Lines {
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
export function hours(answer: HoursAnswer, { color }: { readonly color: boolean }): Lines {
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

/** Five steps from nothing to much: shades where there is no colour. */
const SHADES = ['·', '░', '▒', '▓', '█'] as const
const GREENS = [236, 22, 28, 34, 46] as const

/** One cell for `level` 0–4, two columns wide. */
function heatCell(level: number, color: boolean): string {
  if (!color) return `${SHADES[level] ?? ' '} `
  return `\u001b[38;5;${GREENS[level] ?? 236}m■\u001b[0m `
}

/** 0 for nothing, then 1 to 4 by quarters of `max`. */
export function heatLevel(value: number, max: number): number {
  if (value <= 0 || max <= 0) return 0
  return Math.min(4, Math.max(1, Math.ceil((value / max) * 4)))
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
