// Text for terminals: tables whose columns line up under Japanese titles, bars, and the cells of heat maps. Pure: data in,
// lines out. Colour is used only where the caller says that the terminal shows it.

import stringWidth from 'string-width'

export interface Column {
  readonly title: string
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
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const cells = columns.map((column, index) => [
    column.title,
    ...rows.map((row) => cut(row[index] ?? '', column.maxWidth)),
  ])
  const natural = cells.map((column) => Math.max(...column.map((cell) => stringWidth(cell))))
  const widths = fittedWidths(columns, natural, width)
  return ['', ...rows].map((_, line) =>
    columns
      .flatMap((column, index) => {
        const columnWidth = widths[index]
        if (columnWidth === undefined) return []
        return [padded(cut(cells[index]?.[line] ?? '', columnWidth), columnWidth, column.align)]
      })
      .join(GAP)
      .trimEnd(),
  )
}

/** The width of each column, undefined where it is empty or left out. */
function fittedWidths(
  columns: readonly Column[],
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

/** Five steps from nothing to much: shades where there is no colour. */
const SHADES = ['·', '░', '▒', '▓', '█'] as const
const GREENS = [236, 22, 28, 34, 46] as const

/** One cell for `level` 0–4, two columns wide. */
export function heatCell(level: number, color: boolean): string {
  if (!color) return `${SHADES[level] ?? ' '} `
  return `\u001b[38;5;${GREENS[level] ?? 236}m■\u001b[0m `
}

/** 0 for nothing, then 1 to 4 by quarters of `max`. */
export function heatLevel(value: number, max: number): number {
  if (value <= 0 || max <= 0) return 0
  return Math.min(4, Math.max(1, Math.ceil((value / max) * 4)))
}

export function bold(text: string, color: boolean): string {
  return color ? `\u001b[1m${text}\u001b[0m` : text
}

function padded(text: string, width: number, align: Column['align']): string {
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
