// The effect of a profile's settings on its rows, computed in the slow and obvious way: the local day of an event, and the
// first day and month that have rows. It imports nothing of the product.

import type { DrawnEvent, Play, Windows } from './history.js'

export interface Rules {
  readonly dayStartsAtHour: number
  /** The first local day and month (YYYYMM) that have rows. */
  readonly fromDay: number
  readonly fromMonth: number
}

/**
 * The rules after all steps. A run of retention moves the first day and month forward. New windows move them back to where
 * the last run would have put them.
 */
export function rulesAfter({ steps, settings }: Pick<Play, 'steps' | 'settings'>): Rules {
  let { dayStartsAtHour, retention } = settings
  let [fromDay, fromMonth] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let lastRun: number | null = null
  for (const step of steps) {
    if (step.kind === 'retain' && !step.dryRun) {
      lastRun = localDate({ atMs: step.nowMs, offsetMin: step.offsetMin }, dayStartsAtHour).day
      const kept = keptBy(retention, lastRun)
      fromDay = Math.max(fromDay, kept.day)
      fromMonth = Math.max(fromMonth, kept.month)
    } else if (step.kind === 'configure') {
      dayStartsAtHour = step.settings.dayStartsAtHour ?? dayStartsAtHour
      if (step.settings.retention === undefined) continue
      retention = { ...retention, ...step.settings.retention }
      if (lastRun === null) continue
      const kept = keptBy(retention, lastRun)
      fromDay = Math.min(fromDay, kept.day)
      fromMonth = Math.min(fromMonth, kept.month)
    }
  }
  return { dayStartsAtHour, fromDay, fromMonth }
}

/** A window of 0 keeps everything. */
function keptBy({ dailyDays, monthlyMonths }: Windows, today: number) {
  const date = new Date(today * 86_400_000)
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - monthlyMonths))
  return {
    day: dailyDays === 0 ? Number.NEGATIVE_INFINITY : today - dailyDays,
    month: monthlyMonths === 0 ? Number.NEGATIVE_INFINITY : monthOf(first),
  }
}

export function localDate({ atMs, offsetMin }: Pick<DrawnEvent, 'atMs' | 'offsetMin'>, dayStartsAtHour: number) {
  const clock = new Date(atMs + offsetMin * 60_000)
  const date = new Date(atMs + offsetMin * 60_000 - dayStartsAtHour * 3_600_000)
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  return {
    day: midnight / 86_400_000,
    month: monthOf(date),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    hour: clock.getUTCHours(),
  }
}

function monthOf(date: Date): number {
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1
}
