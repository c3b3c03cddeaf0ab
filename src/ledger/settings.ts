// The rules for rows that follow from a profile's settings: the local day of an entry, and the first day and month of which
// rows exist. Retention moves those two forward (src/retention). A wider window moves them back, because the ledger still
// has the sums.

import { createCalendar, monthOfDay } from '../events/calendar.js'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import type { ProfileSettings, Retained, RetentionWindows } from '../ports/event-log.js'
import type { SettingsChange } from '../ports/profile-settings.js'
import type { EntryCalendar } from '../ports/projection.js'

/** The first local day and month of which rows are kept; null: all rows are kept. */
export type RowsFrom = Retained['rowsFrom']

/** Everything but the ledger on which rows depend. */
export interface RowRules extends EntryCalendar {
  readonly rowsFrom: RowsFrom
}

const MONTHS_OF_YEAR = 12
export const ALL_ROWS: RowsFrom = { day: null, month: null }

export function rowRulesOf(settings: ProfileSettings): RowRules {
  return { ...createCalendar(settings.dayStartsAtHour), rowsFrom: settings.retained?.rowsFrom ?? ALL_ROWS }
}

export function sameRules(left: ProfileSettings, right: ProfileSettings): boolean {
  const [from, other] = [left.retained?.rowsFrom ?? ALL_ROWS, right.retained?.rowsFrom ?? ALL_ROWS]
  return left.dayStartsAtHour === right.dayStartsAtHour && from.day === other.day && from.month === other.month
}

export function windowsOf({ retention = {} }: Pick<ProfileSettings, 'retention'>): RetentionWindows {
  const { detailMs, telemetryMs, dailyDays, monthlyMonths } = { ...BACKEND_DEFAULTS.retention, ...retention }
  return { detailMs, telemetryMs, dailyDays, monthlyMonths }
}

export function damagedSettings(profile: string, damaged: readonly string[]): ImmersionError {
  return new ImmersionError(
    'STORAGE_CORRUPT',
    `the settings of profile ${profile} are damaged: ${damaged.join('; ')}`,
    {
      hint: 'They count as the defaults, and nothing is deleted. `immersion config reset`, or maintenance.configure with every setting, repairs them.',
      details: { profile, damaged },
    },
  )
}

/** Only windows that differ from the defaults are stored, so that a profile without a choice follows the defaults. */
export function chosenWindows(windows: Partial<RetentionWindows>): Pick<ProfileSettings, 'retention'> {
  const defaults = windowsOf({})
  const chosen = Object.entries(windows).filter(([name, value]) => value !== defaults[name as keyof RetentionWindows])
  return chosen.length === 0 ? {} : { retention: Object.fromEntries(chosen) }
}

/**
 * A wider window brings rows back, as far as it would have kept them at the latest run. A narrower one removes none; that is
 * for retention. Without windows in the change the first rows stay, because the clock may have been set back since that run.
 * A change that names every setting repairs settings that are damaged.
 */
export function settingsAfter(stored: ProfileSettings, change: SettingsChange): ProfileSettings {
  const { retention: _chosen, damaged, ...others } = stored
  const { retained } = stored
  const windows = { ...windowsOf(stored), ...change.retention }
  const after = {
    ...others,
    ...(change.dayStartsAtHour === undefined ? {} : { dayStartsAtHour: change.dayStartsAtHour }),
    ...(damaged === undefined || namesAll(change) ? {} : { damaged }),
    ...chosenWindows(windows),
  }
  if (retained === undefined || change.retention === undefined) return after
  return { ...after, retained: { ...retained, rowsFrom: widened(retained, windows) } }
}

function namesAll({ dayStartsAtHour, retention = {} }: SettingsChange): boolean {
  return dayStartsAtHour !== undefined && Object.keys(windowsOf({})).every((name) => name in retention)
}

function widened({ localDay, rowsFrom }: Retained, windows: RetentionWindows): RowsFrom {
  const wanted = localDay === null ? ALL_ROWS : rowsFromOf(windows, localDay)
  return { day: earlier(rowsFrom.day, wanted.day), month: earlier(rowsFrom.month, wanted.month) }
}

/** The first day and month that the windows keep when it is `today`: never later than their length before it. */
export function rowsFromOf({ dailyDays, monthlyMonths }: RetentionWindows, today: number): RowsFrom {
  return {
    day: dailyDays === 0 ? null : today - dailyDays,
    month: monthlyMonths === 0 ? null : monthBefore(monthOfDay(today), monthlyMonths),
  }
}

/** Null stands before every day and month. */
export function earlier(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : Math.min(left, right)
}

export function later(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right
  return Math.max(left, right)
}

/** YYYYMM. */
function monthBefore(localMonth: number, months: number): number {
  const count = Math.floor(localMonth / 100) * MONTHS_OF_YEAR + (localMonth % 100) - 1 - months
  return Math.floor(count / MONTHS_OF_YEAR) * 100 + (count % MONTHS_OF_YEAR) + 1
}
