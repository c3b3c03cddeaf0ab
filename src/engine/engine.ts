// LogEngine over an EventLog: everything that is done with one profile's log, in process. The worker's threads run it, and
// so do tests and short commands. Most methods are one function of the folder that they belong to; this file gives each
// what it needs. A method that is added here has its signature and its row in src/ports/log-engine.ts.

import { createAnalytics } from '../analytics/analytics.js'
import { boolean, integer, optional, optionalText, readArguments, text } from '../analytics/arguments.js'
import { Appender } from '../append/append.js'
import { listCorrections, recordCorrection } from '../corrections/corrections.js'
import { refusal } from '../events/argument-checks.js'
import { DAY_START_LATEST, WINDOW_LIMITS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { checkNewEvent } from '../events/validation.js'
import { groupingsOf } from '../ledger/grouping.js'
import type { ProfileLog } from '../ledger/profile-log.js'
import { windowsOf } from '../ledger/settings.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { AnswerTo, LogEngine } from '../ports/log-engine.js'
import type { ProfileSettings, SettingsChange } from '../ports/profile-settings.js'
import { projectionId } from '../ports/projection.js'
import type { RebuildOptions, RetainOptions } from '../ports/report-types.js'
import { rebuild } from '../rebuild/rebuild.js'
import { verify } from '../rebuild/verify.js'
import { listStreams } from '../replicate/list-streams.js'
import { checkedSummary } from '../replicate/ndjson.js'
import { applySummaries, readPrunedSummary } from '../replicate/pruned-summaries.js'
import { retain, vacuum } from '../retention/retain.js'
import { checkProjections } from './built-in-projections.js'
import { encodeTracked } from './encode-tracked.js'
import { EventReader, exportPages } from './read-events.js'
import { answerUpToDate, openUpToDate, rebuildRows } from './up-to-date-rows.js'

export interface LogEngineOptions extends ProfileLog {
  /** Of the profile, if it does not exist yet. */
  readonly settings: ProfileSettings
}

/** The engine closes the log. */
export async function createLogEngine({ settings, ...own }: LogEngineOptions): Promise<LogEngine> {
  const { log, profile, projections, clock } = own
  checkProjections(projections)
  const { spoolOf: _ours, ...chosen } = settings
  checkSettings(chosen)
  const appender = new Appender({ ...own, head: await openUpToDate(own, settings) })
  const reader = new EventReader(own)
  const groupings = groupingsOf(projections)
  const analytics = createAnalytics(own)

  return {
    append: async (events) => appender.append(events.map(checkNewEvent)),
    appendTracked: async (events) => appender.append(encodeTracked(events)),
    clearStreams: (streamIds) => appender.clear(streamIds),
    correct: (request) => recordCorrection(appender, clock, request),
    listCorrections: () => log.read(profile, listCorrections),
    analyze: async (query, ...args) =>
      answerUpToDate<AnswerTo<typeof query>>(own, () => queryOf(analytics, query)(...args)),
    events: (query) => reader.events(query),
    exportPage: (query) => reader.exportPage(query),
    exportPages: () => exportPages((query) => reader.exportPage(query)),
    listStreams: (query) => log.read(profile, (snapshot) => listStreams(snapshot, query)),
    streamEvents: (query) => reader.streamEvents(query),
    prunedSummary: (query) => log.read(profile, (snapshot) => readPrunedSummary(snapshot, query)),
    applySummaries: async (summaries) => applySummaries(log, profile, groupings, summaries.map(checkedSummary)),
    rebuild: async (rebuildOptions) => rebuildRows(own, readRebuildOptions(rebuildOptions)),
    verify: ({ onProgress } = {}) => verify(own, onProgress),
    async settings() {
      const { settings } = await log.read(profile, (snapshot) => snapshot.head())
      const { dayStartsAtHour, damaged } = settings
      return { dayStartsAtHour, retention: windowsOf(settings), ...(damaged && { damaged }) }
    },
    async configure(settings) {
      checkSettings(settings)
      return (await rebuild(own, { settings })).report
    },
    async retain({ onProgress = () => {}, ...given } = {}) {
      return retain(log, profile, projections, clock, readRetainOptions(given), onProgress)
    },
    vacuum: async () => ({ freedBytes: await vacuum(log, profile, clock.nowMs()) }),
    stats: () => log.stats(),
    async readModels() {
      const head = await log.read(profile, (snapshot) => snapshot.head())
      const known = new Set(projections.map(projectionId))
      const ids = [...new Set([...known, ...head.projections])].sort()
      return ids.map((id) => ({ id, isKnown: known.has(id), isUpToDate: head.projections.includes(id) }))
    },
    profiles: () => log.profiles(),
    async deleteProfile(other) {
      checkProfileName(other)
      if (other !== profile) return log.deleteProfile(other)
      throw new ImmersionError('INVALID_ARGUMENT', `The profile ${profile} is open here, so it cannot be deleted.`, {
        hint: 'Close the store, then call deleteProfile of the package (or `immersion profiles delete`).',
        details: { profile },
      })
    },
    close: () => log.close(),
  }
}

/** Queries come by name, from another thread or a command line. Each checks its own arguments. */
function queryOf<Query extends keyof Analytics>(
  analytics: Analytics,
  query: Query,
): (...args: Parameters<Analytics[Query]>) => Promise<AnswerTo<Query>> {
  // A generic member cannot be called as it is, although its arguments and its answer are these by definition.
  if (Object.hasOwn(analytics, query)) return analytics[query] as ReturnType<typeof queryOf<Query>>
  throw new ImmersionError('INVALID_ARGUMENT', `There is no query ${String(query)}.`, {
    hint: `Allowed: ${Object.keys(analytics).join(', ')}.`,
    details: { query },
  })
}

const WINDOWS = Object.fromEntries(
  Object.entries(WINDOW_LIMITS).map(([name, limit]) => [name, optional(integer(0, limit))]),
)
const optionalDuration = optional(integer(0, Number.MAX_SAFE_INTEGER))

function readRebuildOptions(options: unknown): RebuildOptions {
  return readArguments('rebuild', options, { projection: optionalText, fromLog: optional(boolean) })
}

function readRetainOptions(options: unknown): RetainOptions {
  const readers = { dryRun: optional(boolean), dueAfterMs: optionalDuration, vacuumAfterMs: optionalDuration }
  return readArguments('retain', options, readers)
}

function checkSettings(settings: SettingsChange): void {
  if (settings === undefined) throw refusal('settings', settings, 'an object')
  const windows = (value: unknown) => readArguments('settings.retention', value, WINDOWS)
  readArguments('settings', settings, {
    dayStartsAtHour: optional(integer(0, DAY_START_LATEST)),
    retention: optional(windows),
  })
}

export function checkProfileName(profile: string): void {
  readArguments('deleteProfile', { profile }, { profile: text })
}
