// LogEngine over an EventLog: everything that is done with one profile's log, in process. The worker's threads run it,
// and so do tests and short commands. A projection that was left behind (new to the log, or written past by a program
// that does not know it) is rebuilt when the log is opened and whenever a question finds it so.

import { createAnalytics } from '../analytics/analytics.js'
import { ProjectionBehind } from '../analytics/projection-behind.js'
import { Appender } from '../append/append.js'
import { createCorrections } from '../corrections/corrections.js'
import { checkInteger } from '../events/argument-checks.js'
import type { WallClock } from '../events/clock.js'
import { WINDOW_LIMITS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { faultyProjection, groupingsOf } from '../ledger/grouping.js'
import { windowsOf } from '../ledger/settings.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { EventLog, Head, ProfileSettings } from '../ports/event-log.js'
import type { LogEngine } from '../ports/log-engine.js'
import { type Projection, projectionId } from '../ports/projection.js'
import type { SettingsChange } from '../ports/store-types.js'
import { rebuild } from '../rebuild/rebuild.js'
import { verify } from '../rebuild/verify.js'
import { applySummaries } from '../replicate/apply-summaries.js'
import { listStreams } from '../replicate/list-streams.js'
import { readPrunedSummary } from '../replicate/pruned-summaries.js'
import { retain } from '../retention/retain.js'
import { checkProjections } from './built-in-projections.js'
import { EventReader } from './read-events.js'

export interface LogEngineOptions {
  /** Opened with the tables of `projections`. The engine closes it. */
  readonly log: EventLog
  readonly profile: string
  /** Of the profile, if it does not exist yet. */
  readonly settings: ProfileSettings
  /** All that this program knows. */
  readonly projections: readonly Projection[]
  /** Its offset decides which local day is today. */
  readonly clock: WallClock
}

/** Each try finds the projection left behind by another program that has written in between; they do not do that often. */
const READ_TRIES = 10

const LATEST_DAY_START = 12

export async function createLogEngine(options: LogEngineOptions): Promise<LogEngine> {
  const { log, profile, projections, clock } = options
  checkProjections(projections)
  checkSettings(options.settings)
  const appender = new Appender({ log, profile, projections, head: await openUpToDate() })
  const reader = new EventReader(log, profile)
  const groupings = groupingsOf(projections)
  const corrections = createCorrections({ log, profile, appender, clock })
  const analytics = createAnalytics({ log, profile, projections, clock })

  /** A projection that fails stays behind: nothing else waits for it, and whoever asks for its rows gets its error. */
  async function openUpToDate(): Promise<Head> {
    const head = await log.openProfile(profile, options.settings)
    let behind = projections.filter((projection) => !head.projections.includes(projectionId(projection)))
    while (behind.length > 0) {
      try {
        return (await rebuildSome(behind)).head
      } catch (error) {
        // Verify and export read what is there; a reader's question about it goes to the writer (worker-client.ts).
        if (error instanceof ImmersionError && error.code === 'STORAGE_READ_ONLY') return head
        const faulty = faultyProjection(error)
        if (faulty === null) throw error
        behind = behind.filter((projection) => projectionId(projection) !== faulty)
      }
    }
    return head
  }

  function rebuildSome(some: readonly Projection[]) {
    return rebuild(log, profile, { projections: some, fromLog: false, settings: {} }, clock)
  }

  function rebuildAsked(asked: { readonly projection?: string; readonly fromLog?: boolean }) {
    // A ledger that is made anew changes the rows of every projection.
    const some = asked.projection === undefined || asked.fromLog ? projections : [named(projections, asked.projection)]
    return rebuild(log, profile, { projections: some, fromLog: asked.fromLog ?? false, settings: {} }, clock)
  }

  async function answerUpToDate<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof ProjectionBehind) || tries === READ_TRIES) throw error
        await rebuildSome([named(projections, error.projection)])
      }
    }
  }

  return {
    append: (events) => appender.append(events),
    correct: corrections.correct,
    listCorrections: corrections.list,
    analyze: <K extends keyof Analytics>(question: K, ...args: Parameters<Analytics[K]>) =>
      // What `ask` promises, asked again where needed.
      answerUpToDate(() => ask(analytics, question, args)) as ReturnType<Analytics[K]>,
    events: (query) => reader.events(query),
    exportPage: (query) => reader.exportPage(query),
    listStreams: (query) => log.read(profile, (snapshot) => listStreams(snapshot, query)),
    streamEvents: (query) => reader.streamEvents(query),
    prunedSummary: (query) => log.read(profile, (snapshot) => readPrunedSummary(snapshot, query)),
    applySummaries: (summaries) => applySummaries(log, profile, groupings, summaries),
    rebuild: async (asked) => (await rebuildAsked(asked)).report,
    verify: (onProgress) => verify(log, profile, projections, clock, onProgress),
    async settings() {
      const { settings } = await log.read(profile, (snapshot) => snapshot.head())
      return { dayStartsAtHour: settings.dayStartsAtHour, retention: windowsOf(settings) }
    },
    async configure(settings) {
      checkSettings(settings)
      return (await rebuild(log, profile, { projections, fromLog: false, settings }, clock)).report
    },
    retain: (asked, onProgress = () => {}) => retain({ log, profile, projections, clock }, asked, onProgress),
    stats: () => log.stats(),
    profiles: () => log.profiles(),
    async deleteProfile(other) {
      if (other !== profile) return log.deleteProfile(other)
      throw new ImmersionError('INVALID_ARGUMENT', `The profile ${profile} is open here, so it cannot be deleted.`, {
        hint: 'Close the store, then call deleteProfile of the package (or `immersion profiles delete`).',
        details: { profile },
      })
    },
    close: () => log.close(),
  }
}

/** Questions come by name, from another thread or a command line. */
function ask<K extends keyof Analytics>(
  analytics: Analytics,
  question: K,
  args: Parameters<Analytics[K]>,
): Promise<Awaited<ReturnType<Analytics[K]>>> {
  if (!Object.hasOwn(analytics, question)) {
    throw new ImmersionError('INVALID_ARGUMENT', `there is no question ${String(question)}`, {
      hint: `Ask one of ${Object.keys(analytics).join(', ')}.`,
      details: { question },
    })
  }
  // Checked: the question exists; its own file checks the arguments.
  const answer = analytics[question] as (...args: Parameters<Analytics[K]>) => ReturnType<Analytics[K]>
  return answer(...args) as Promise<Awaited<ReturnType<Analytics[K]>>>
}

/** By its name, or as `name@version`. */
function named(projections: readonly Projection[], name: string): Projection {
  const found = projections.find((projection) => projectionId(projection) === name || projection.name === name)
  if (found !== undefined) return found
  const known = projections.map(projectionId)
  throw new ImmersionError('UNKNOWN_PROJECTION', `there is no projection ${name}`, {
    hint: `Known are ${known.join(', ')}.`,
    details: { projection: name, known },
  })
}

function checkSettings({ dayStartsAtHour, retention = {} }: SettingsChange): void {
  if (dayStartsAtHour !== undefined) checkInteger('dayStartsAtHour', dayStartsAtHour, 0, LATEST_DAY_START)
  for (const [name, value] of Object.entries(retention)) {
    const limit = new Map<string, number>(Object.entries(WINDOW_LIMITS)).get(name)
    if (limit !== undefined) checkInteger(`retention.${name}`, value, 0, limit)
    else {
      throw new ImmersionError('INVALID_ARGUMENT', `there is no window retention.${name}`, {
        hint: `There are ${Object.keys(WINDOW_LIMITS).join(', ')}.`,
        details: { field: `retention.${name}` },
      })
    }
  }
}
