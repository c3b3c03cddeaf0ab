// Numbers, durations and dates in the form that people read, and the dates that people type. Pure.

import { isoToDay } from '../events/calendar.js'
import { ImmersionError } from '../events/errors.js'
import { MINUTE_MS } from '../events/time-units.js'

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

export function number(value: number): string {
  return grouped.format(value)
}

/** `1 row`, `1,200 rows`, `2 pruned summaries`. */
export function counted(value: number, noun: string): string {
  const plural = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${number(value)} ${value === 1 ? noun : plural}`
}

/** `3 h 05 min`, `12 min`, `40 s`. */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / 1000)} s`
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 60) return `${minutes} min`
  return `${number(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Large rates (characters per hour) without a decimal, small ones with one. */
export function rate(value: number | null): string {
  if (value === null) return '–'
  return value >= 1000 ? number(value) : oneDigit.format(value)
}

/** `0.8 MB`, `82.1 GB`. */
export function size(bytes: number): string {
  return bytes < 1e9 ? `${oneDigit.format(bytes / 1e6)} MB` : `${oneDigit.format(bytes / 1e9)} GB`
}

export function percent(value: number | null): string {
  return value === null ? '–' : `${grouped.format(value * 100)} %`
}

export function change(value: number | null): string {
  if (value === null) return '–'
  return `${value >= 0 ? '+' : '−'}${grouped.format(Math.abs(value) * 100)} %`
}

/** `2026-03-01 21:05` on the clock that is `utcOffsetMin` east of UTC. */
export function clockTime(epochMs: number, utcOffsetMin: number): string {
  return new Date(epochMs + utcOffsetMin * MINUTE_MS).toISOString().slice(0, 16).replace('T', ' ')
}

/** `2026-03-01`, `today`, `yesterday`, or `30d` for 30 days before today. */
export function parseDay(text: string, today: number): number {
  if (text === 'today') return today
  if (text === 'yesterday') return today - 1
  const ago = /^(\d{1,5})d$/.exec(text)
  if (ago !== null) return today - Number(ago[1])
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return isoToDay(text)
  throw new ImmersionError('INVALID_ARGUMENT', `${JSON.stringify(text)} is not a date`, {
    hint: 'Write 2026-03-01, today, yesterday, or 30d for thirty days ago.',
    details: { value: text },
  })
}

/** `2026-03` as 202603; a date stands for its month. */
export function parseMonth(text: string): number {
  const parts = /^(\d{4})-(0[1-9]|1[0-2])(-\d{2})?$/.exec(text)
  if (parts !== null) return Number(parts[1]) * 100 + Number(parts[2])
  throw new ImmersionError('INVALID_ARGUMENT', `${JSON.stringify(text)} is not a month`, {
    hint: 'Write a month as 2026-03.',
    details: { value: text },
  })
}
