// The one place where a moment becomes a local day, month, weekday and hour. Everything (read models, streaks, commands,
// answers) uses these functions, so a rule changes here and nowhere else. A local day begins at `dayStartsAtHour` of the
// learner's clock; offsets are multiples of 15 minutes, so a quarter hour of UTC lies in exactly one day, month and hour.

import { refusal } from './argument-checks.js'
import { ImmersionError } from './errors.js'
import { DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_MS } from './time-units.js'

const QUARTER_MIN = 15

/** The place of one ledger entry in time: a quarter hour of UTC, and the offset of the learner's clock during it. */
export interface LedgerEntryKey {
  /** Quarter hours since 1970-01-01T00:00Z: floor(epoch ms / 900,000). */
  readonly quarter: number
  /** Minutes east of UTC; a multiple of 15. */
  readonly utcOffsetMin: number
}

/** The local dates of a ledger entry by the profile's rules. Pure. */
export interface EntryCalendar {
  /** The learner's local date, whose day begins at dayStartsAtHour, as days since 1970-01-01. */
  dayOf(entry: LedgerEntryKey): number
  /** YYYYMM of that local date. */
  monthOf(entry: LedgerEntryKey): number
  /** ISO weekday of that local date: 1 Monday to 7 Sunday. */
  weekdayOf(entry: LedgerEntryKey): number
  /** Hour of the learner's clock, 0–23. */
  hourOf(entry: LedgerEntryKey): number
}

/** Quarter hours since 1970-01-01T00:00Z. */
export function quarterOf(epochMs: number): number {
  return Math.floor(epochMs / QUARTER_MS)
}

/** The dates of ledger entries for a profile whose days begin at this hour. */
export function createCalendar(dayStartsAtHour: number): EntryCalendar {
  const dayOf = (entry: LedgerEntryKey) => localDayOf(entry.quarter * QUARTER_MS, entry.utcOffsetMin, dayStartsAtHour)
  return {
    dayOf,
    monthOf: (entry) => monthOfDay(dayOf(entry)),
    weekdayOf: (entry) => weekdayOfDay(dayOf(entry)),
    hourOf: (entry) => localHourOf(entry.quarter * QUARTER_MS, entry.utcOffsetMin),
  }
}

/** Days since 1970-01-01 of the local date, whose day begins at dayStartsAtHour (0–12). */
export function localDayOf(epochMs: number, utcOffsetMin: number, dayStartsAtHour: number): number {
  return Math.floor((epochMs + utcOffsetMin * MINUTE_MS - dayStartsAtHour * HOUR_MS) / DAY_MS)
}

/** Hour of the learner's clock, 0–23: the clock's own, whatever hour the day starts at. */
export function localHourOf(epochMs: number, utcOffsetMin: number): number {
  const hours = Math.floor((epochMs + utcOffsetMin * MINUTE_MS) / HOUR_MS)
  return ((hours % 24) + 24) % 24
}

/** YYYYMM of a local day, so at 02:00 on the first it is still the month before when days begin at 4. */
export function monthOfDay(localDay: number): number {
  const { year, month } = civilOf(localDay)
  return year * 100 + month
}

/** ISO: 1 Monday to 7 Sunday. 1970-01-01 was a Thursday. */
export function weekdayOfDay(localDay: number): number {
  return ((((localDay + 3) % 7) + 7) % 7) + 1
}

/** `YYYY-MM-DD`. */
export function dayToIso(localDay: number): string {
  const { year, month, day } = civilOf(localDay)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** `YYYY-MM` of a month as YYYYMM. */
export function monthToIso(localMonth: number): string {
  const text = String(localMonth).padStart(6, '0')
  return `${text.slice(0, -2)}-${text.slice(-2)}`
}

/** The reverse of dayToIso; INVALID_ARGUMENT for anything but an existing date as `YYYY-MM-DD`. */
export function isoToDay(text: string): number {
  const day = dayOfIso(text)
  if (day !== null) return day
  throw refusal('date', text, 'an existing date', 'Write it as YYYY-MM-DD.', { field: 'date', value: text })
}

/** The same; null for anything but such a date. */
export function dayOfIso(text: string): number | null {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / DAY_MS : Number.NaN
  // The round trip refuses 2026-02-30, which some engines read as 2 March.
  return Number.isInteger(day) && dayToIso(day) === text ? day : null
}

/**
 * Minutes east of UTC at that moment in an IANA zone, or on this machine's clock when none is named. Rounded to the
 * nearest quarter hour: every zone in use is one, and zones of the past that were not (Monrovia until 1972) must not
 * make an event that is refused.
 */
export function zoneOffsetMin(epochMs: number, timeZone?: string): number {
  if (timeZone === undefined) return toQuarter(-new Date(epochMs).getTimezoneOffset())
  const zone = zoneOf(timeZone)
  const minute = Math.floor(epochMs / MINUTE_MS)
  // The tracker calls this for each event, and Intl takes microseconds; within a minute no clock changes its offset.
  if (zone.minute !== minute) {
    zone.offsetMin = toQuarter(offsetFrom(zone.format, epochMs))
    zone.minute = minute
  }
  return zone.offsetMin
}

/** The first moment of a local day on the clock of a zone; of a date that never existed there, that of the next one. */
export function dayBeginMs(localDay: number, dayStartsAtHour: number, timeZone?: string): number {
  const clockMs = localDay * DAY_MS + dayStartsAtHour * HOUR_MS
  const offsetsNearby = [-DAY_MS, DAY_MS].map((awayMs) => zoneOffsetMin(clockMs + awayMs, timeZone))
  // No moment before this one is in the day. Where the clock changes then, the day begins a few quarter hours later.
  let beginMs = clockMs - Math.max(...offsetsNearby) * MINUTE_MS
  while (localDayOf(beginMs, zoneOffsetMin(beginMs, timeZone), dayStartsAtHour) < localDay) beginMs += QUARTER_MS
  return beginMs
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  /** The minute of the last call, and its answer. */
  minute: number
  offsetMin: number
}

/** A program uses one or two zones; the limit is for one that takes names from outside. */
const ZONES_MAX = 64
const zones = new Map<string, Zone>()

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known !== undefined) return known
  const zone = { format: offsetFormat(timeZone), minute: Number.NaN, offsetMin: 0 }
  if (zones.size >= ZONES_MAX) zones.clear()
  zones.set(timeZone, zone)
  return zone
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch (cause) {
    throw new ImmersionError(
      'INVALID_ARGUMENT',
      `timeZone is ${JSON.stringify(timeZone)}; allowed is the name of an IANA time zone`,
      { hint: 'For example Europe/Berlin or Asia/Tokyo.', details: { field: 'timeZone', value: timeZone }, cause },
    )
  }
}

/** Intl writes the offset as `GMT`, `GMT+05:45` or, for zones of the past, `GMT-00:44:30`. */
function offsetFrom(format: Intl.DateTimeFormat, epochMs: number): number {
  const name = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const parts = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name)
  if (parts === null) return 0
  const minutes = Number(parts[2]) * 60 + Number(parts[3]) + Number(parts[4] ?? 0) / 60
  return parts[1] === '-' ? -minutes : minutes
}

function toQuarter(minutes: number): number {
  // `+ 0` turns −0 into 0.
  return Math.round(minutes / QUARTER_MIN) * QUARTER_MIN + 0
}

const DAYS_IN_ERA = 146_097
const YEARS_IN_ERA = 400
/** From 0000-03-01, where years end with the leap day, to 1970-01-01. */
const EPOCH_SHIFT_DAYS = 719_468

/**
 * Proleptic Gregorian date of a day number, negative ones too. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", civil_from_days. A Date object would do the same at ten times the cost, once for each ledger entry.
 */
function civilOf(epochDay: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = epochDay + EPOCH_SHIFT_DAYS
  const era = Math.floor(shifted / DAYS_IN_ERA)
  const dayOfEra = shifted - era * DAYS_IN_ERA
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  // Months counted from March, so that their lengths follow one line.
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * YEARS_IN_ERA + (month <= 2 ? 1 : 0)
  return { year, month, day }
}
