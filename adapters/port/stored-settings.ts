// The settings of a profile as the text in its row. They decide what retention deletes, so they are checked whenever they are
// read: a checksum finds a changed value that another choice could have written. A setting that is damaged is named in
// `damaged` and counts as its default. It stays named, because the names are written back with the rest.

import { isIntegerIn } from '../../src/events/argument-checks.js'
import { addText, OFFSET_BASIS } from '../../src/events/checksum.js'
import { BACKEND_DEFAULTS, DAY_START_LATEST, WINDOW_LIMITS } from '../../src/events/defaults.js'
import type { ProfileSettings } from '../../src/ports/event-log.js'

type Fields = Readonly<Record<string, unknown>>
type Retained = NonNullable<ProfileSettings['retained']>

/** Each batch reads and writes the settings again, and mostly the same ones. */
const READ = new Map<string, ProfileSettings>()
const READ_MAX = 100
const FORMATTED = new WeakMap<ProfileSettings, string>()

/** A text without a checksum, as earlier builds wrote it, is read too. */
export function formatSettings(settings: ProfileSettings): string {
  const known = FORMATTED.get(settings)
  if (known !== undefined) return known
  const text = JSON.stringify({ ...settings, checksum: checksumOf(settings) })
  FORMATTED.set(settings, text)
  return text
}

export function readSettings(text: string): ProfileSettings {
  const known = READ.get(text)
  if (known !== undefined) return known
  if (READ.size === READ_MAX) READ.clear()
  const settings = settingsOf(text)
  READ.set(text, settings)
  return settings
}

function settingsOf(text: string): ProfileSettings {
  const stored = fieldsOf(parsed(text))
  if (stored === null) return allDamaged(`the settings cannot be read: ${text.slice(0, 100)}`)
  const { dayStartsAtHour, retained, damaged = [], spoolOf, retention = {}, checksum, ...unknown } = stored
  const faults: string[] = Array.isArray(damaged) ? damaged.map(String) : [String(damaged)]
  const isSound = (name: string, value: unknown, sound: boolean) => {
    if (!sound) faults.push(`${name} is ${JSON.stringify(value)}`)
    return sound
  }
  const hourIsSound = isSound('dayStartsAtHour', dayStartsAtHour, isIntegerIn(dayStartsAtHour, 0, DAY_START_LATEST))
  const windows = fieldsOf(retention)
  isSound('retention', retention, windows !== null)
  const soundWindows = Object.entries(windows ?? {}).filter(([name, value]) =>
    isSound(`retention.${name}`, value, isIntegerIn(value, 0, LIMITS[name] ?? -1)),
  )
  const retainedIsSound = isSound('retained', retained, retained === undefined || isRetained(retained))
  isSound('spoolOf', spoolOf, spoolOf === undefined || typeof spoolOf === 'string')
  for (const [name, value] of Object.entries(unknown)) isSound(name, value, false)
  if (faults.length === 0 && checksum !== undefined) {
    const { checksum: _own, ...settings } = stored
    if (checksum !== checksumOf(settings)) return allDamaged('the settings do not have their checksum')
  }
  return {
    dayStartsAtHour: hourIsSound ? Number(dayStartsAtHour) : BACKEND_DEFAULTS.dayStartsAtHour,
    ...(retained !== undefined && retainedIsSound && { retained: retained as Retained }),
    ...(typeof spoolOf === 'string' && { spoolOf }),
    ...(faults.length > 0 && { damaged: faults }),
    ...(soundWindows.length > 0 && { retention: Object.fromEntries(soundWindows) }),
  }
}

/** Ids of the projections whose rows are complete. None where the text cannot be read: then all are computed again. */
export function readFolded(text: string): readonly string[] {
  const ids = parsed(text)
  return Array.isArray(ids) ? ids.map(String) : []
}

const LIMITS: Readonly<Record<string, number>> = WINDOW_LIMITS

function allDamaged(what: string): ProfileSettings {
  return { dayStartsAtHour: BACKEND_DEFAULTS.dayStartsAtHour, damaged: [what] }
}

/** Undefined for a text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function isRetained(value: unknown): boolean {
  const { atMs, localDay, rowsFrom, vacuumedAtMs, ...unknown } = fieldsOf(value) ?? {}
  const { day, month } = fieldsOf(rowsFrom) ?? {}
  const daysAreSound = [localDay, day, month].every((one) => one === null || Number.isSafeInteger(one))
  return [atMs, vacuumedAtMs].every(Number.isSafeInteger) && daysAreSound && Object.keys(unknown).length === 0
}

function checksumOf(settings: object): number {
  return addText(OFFSET_BASIS, JSON.stringify(settings)) >>> 0
}
