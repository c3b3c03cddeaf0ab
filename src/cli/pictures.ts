// Text for terminals: columns that line up under Japanese titles, bars, and the calendar as a heat map. Pure: data in,
// lines out; colour only where the caller says that the terminal takes it.

import stringWidth from 'string-width'

export interface Column {
  readonly title: string
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right'
  /** Cells wider than this are cut with `…`. */
  readonly maxWidth?: number
}

const GAP = '  '

/** A table without lines: a heading, then a row for each entry. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = rows.map((row) => columns.map((column, index) => cut(row[index] ?? '', column.maxWidth)))
  const widths = columns.map((column, index) =>
    Math.max(stringWidth(column.title), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  )
  const line = (row: readonly string[]) =>
    columns
      .map((column, index) => padded(row[index] ?? '', widths[index] ?? 0, column.align))
      .join(GAP)
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...cells.map(line)]
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of at most `width` cells for `value` out of `max`, in steps of an eighth of a cell; something is never empty. */
export function bar(value: number, max: number, width: number): string {
  if (value <= 0 || max <= 0) return ''
  const eighths = Math.max(1, Math.round((value / max) * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

/** Five steps from nothing to much; without colour, shades. */
const SHADES = ['·', '░', '▒', '▓', '█'] as const
const GREENS = [236, 22, 28, 34, 46] as const

/** One cell for `level` 0–4, two columns wide. */
export function heatCell(level: number, color: boolean): string {
  if (!color) return `${SHADES[level] ?? ' '} `
  return `\u001b[38;5;${GREENS[level] ?? 236}m■\u001b[0m `
}

/** 0 for nothing, then quarters of `max`. */
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

/** Cut to so many columns, with `…` at the end. */
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
