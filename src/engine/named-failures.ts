// An adapter whose failures all have a code. If an adapter throws anything but an ImmersionError, its driver failed: the
// error becomes STORAGE_FAILED, which is tried again. Only a TypeError, RangeError, ReferenceError or SyntaxError from an
// adapter of this package is a defect; ImmersionError.from makes it INTERNAL later. The same errors from other adapters may
// be failures, because drivers over HTTP throw `TypeError: fetch failed` when the network is lost. Errors that the engine's
// own work throws within a read or an update pass through unchanged.

import { ImmersionError } from '../events/errors.js'
import { stringOf } from '../events/plain-data.js'
import type { EventLog, EventLogAdapter, LogSnapshot } from '../ports/event-log.js'

/** `isBuiltIn` is true for the adapters of this package. */
export function withNamedFailures(adapter: EventLogAdapter, isBuiltIn: boolean): EventLogAdapter {
  const { sharedBetweenThreads, backups } = adapter

  async function named<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw isBuiltIn && isDefect(error) ? error : storageFailure(error)
    }
  }

  return {
    sharedBetweenThreads,
    openEventLog: async (options) => withNamedLogFailures(await named(() => adapter.openEventLog(options)), named),
    planMigrations: (options) => named(() => adapter.planMigrations(options)),
    ...(backups !== undefined && {
      backups: {
        backUp: (storage, file) => named(() => backups.backUp(storage, file)),
        stage: (storage, file) => named(() => backups.stage(storage, file)),
      },
    }),
  }
}

type Named = <T>(work: () => T | Promise<T>) => Promise<T>

function withNamedLogFailures(log: EventLog, named: Named): EventLog {
  const { vacuum } = log
  return {
    profiles: () => named(() => log.profiles()),
    openProfile: (profile, settings) => named(() => log.openProfile(profile, settings)),
    read: (profile, work) =>
      runWork(
        work,
        named,
        (passed) => log.read(profile, passed),
        (found) => found,
      ),
    commit: (profile, writes) =>
      named(async () => {
        const answer: unknown = await log.commit(profile, writes)
        if (answer === 'committed' || answer === 'stale') return answer
        throw wrongAnswer('commit')
      }),
    update: (profile, work) =>
      runWork(
        work,
        named,
        (passed) => log.update(profile, passed),
        ({ answer }) => answer,
      ),
    deleteProfile: (profile) => named(() => log.deleteProfile(profile)),
    stats: () => named(() => log.stats()),
    ...(vacuum !== undefined && { vacuum: () => named(() => vacuum.call(log)) }),
    close: () => named(() => log.close()),
  }
}

/**
 * Runs `call` with the engine's work, and tells the errors of that work from those of the adapter. The adapter has to answer
 * with what the work found; `answerOf` is that part of it.
 */
async function runWork<Found, Answer>(
  work: (snapshot: LogSnapshot) => Promise<Found>,
  named: Named,
  call: (passed: (snapshot: LogSnapshot) => Promise<Found>) => Promise<Answer>,
  answerOf: (found: Found) => Answer,
): Promise<Answer> {
  let own: { readonly error: unknown } | null = null
  let worked: { readonly found: Found } | null = null
  const passed = async (snapshot: LogSnapshot): Promise<Found> => {
    const noting = new NotingSnapshot(snapshot)
    try {
      const found = await work(noting)
      worked = { found }
      return found
    } catch (error) {
      if (!noting.threw(error)) own = { error }
      throw error
    }
  }
  const outcome = await named(async () => {
    try {
      const answer = await call(passed)
      if (worked === null || answerOf(worked.found) !== answer) throw wrongAnswer('read or update')
      return { answer }
    } catch (error) {
      if (own?.error === error) return { error }
      throw error
    }
  })
  if ('error' in outcome) throw outcome.error
  return outcome.answer
}

/** A snapshot that remembers what its calls threw: these are failures of the adapter, though the engine's work throws them on. */
class NotingSnapshot implements LogSnapshot {
  readonly #snapshot: LogSnapshot
  readonly #thrown = new Set<unknown>()

  constructor(snapshot: LogSnapshot) {
    this.#snapshot = snapshot
  }

  threw(error: unknown): boolean {
    return this.#thrown.has(error)
  }

  head: LogSnapshot['head'] = () => this.#noting(() => this.#snapshot.head())
  streams: LogSnapshot['streams'] = (query) => this.#noting(() => this.#snapshot.streams(query))
  events: LogSnapshot['events'] = (query) => this.#noting(() => this.#snapshot.events(query))
  ledger: LogSnapshot['ledger'] = (query) => this.#noting(() => this.#snapshot.ledger(query))
  rows: LogSnapshot['rows'] = (query) => this.#noting(() => this.#snapshot.rows(query))
  videos: LogSnapshot['videos'] = (query) => this.#noting(() => this.#snapshot.videos(query))

  async #noting<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      this.#thrown.add(error)
      throw error
    }
  }
}

/** An adapter that answers nonsense has failed, and nothing is known of what it did. */
function wrongAnswer(call: string): ImmersionError {
  return new ImmersionError('STORAGE_FAILED', `The adapter returned an invalid result of ${call}.`)
}

/** The errors that JavaScript itself throws where a program is wrong. */
function isDefect(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind)
}

function storageFailure(error: unknown): ImmersionError {
  const known = ImmersionError.from(error)
  if (known.code !== 'INTERNAL') return known
  const message = error instanceof Error ? error.message : stringOf(error)
  return new ImmersionError('STORAGE_FAILED', message, { cause: error })
}
