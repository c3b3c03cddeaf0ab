// Checks of the arguments of the engine's own methods. Each refuses with INVALID_ARGUMENT, which names the argument, its
// value and what is allowed. Queries, corrections and replication check their arguments in their own folders.

import { boolean, integer, optional, readArguments, text } from '../analytics/arguments.js'
import { refusal } from '../events/argument-checks.js'
import { WINDOW_LIMITS } from '../events/defaults.js'
import type { SettingsChange } from '../ports/profile-settings.js'
import type { RebuildOptions, RetainOptions } from '../ports/report-types.js'

const LATEST_DAY_START = 12

const WINDOWS = Object.fromEntries(
  Object.entries(WINDOW_LIMITS).map(([name, limit]) => [name, optional(integer(0, limit))]),
)
const optionalDuration = optional(integer(0, Number.MAX_SAFE_INTEGER))

export function readRebuildOptions(options: unknown): RebuildOptions {
  return readArguments('rebuild', options, { projection: optional(text), fromLog: optional(boolean) })
}

export function readRetainOptions(options: unknown): RetainOptions {
  const readers = { dryRun: optional(boolean), dueAfterMs: optionalDuration, vacuumAfterMs: optionalDuration }
  return readArguments('retain', options, readers)
}

export function checkSettings(settings: SettingsChange): void {
  if (settings === undefined) throw refusal('settings', settings, 'an object')
  const windows = (value: unknown) => readArguments('settings.retention', value, WINDOWS)
  readArguments('settings', settings, {
    dayStartsAtHour: optional(integer(0, LATEST_DAY_START)),
    retention: optional(windows),
  })
}

export function checkProfileName(profile: string): void {
  readArguments('deleteProfile', { profile }, { profile: text })
}
