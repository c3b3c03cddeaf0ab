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
    ...within(named, adapter, ['planMigrations']),
    ...(backups !== undefined && { backups: within(named, backups, ['backUp', 'stage']) }),
  }
}

type Named = <T>(work: () => T | Promise<T>) => Promise<T>

/** These methods of `target`, each call of which runs within `run`. A method that `target` lacks is left out. */
function within<Target extends object, Name extends keyof Target>(
  run: Named,
  target: Target,
  names: readonly Name[],
): Pick<Target, Name> {
  const methods = names.flatMap((name) => {
    const method: unknown = target[name]
    if (typeof method !== 'function') return []
    return [[name, (...args: readonly unknown[]) => run(() => Reflect.apply(method, target, args))]]
  })
  // Each has the name of a method of the target, takes what that method takes, and answers what it answers.
  return Object.fromEntries(methods) as Pick<Target, Name>
}

function withNamedLogFailures(log: EventLog, named: Named): EventLog {
  return {
    ...within(named, log, ['profiles', 'openProfile', 'deleteProfile', 'stats', 'vacuum', 'close']),
    read: (profile, work) => {
      const call = (passed: typeof work) => log.read(profile, passed)
      return runWork(work, named, call, (found) => found)
    },
    commit: (profile, writes) =>
      named(async () => {
        const answer: unknown = await log.commit(profile, writes)
        if (answer === 'committed' || answer === 'stale') return answer
        throw wrongAnswer('commit')
      }),
    update: (profile, work) => {
      const call = (passed: typeof work) => log.update(profile, passed)
      return runWork(work, named, call, ({ answer }) => answer)
    },
  }
}

/**
 * Runs `call` with the engine's work, and distinguishes errors of that work from errors of the adapter. The adapter has to
 * return what the work found; `answerOf` takes it out of the work's result.
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
    const thrown = new Set<unknown>()
    try {
      const found = await work(noting(snapshot, thrown))
      worked = { found }
      return found
    } catch (error) {
      if (!thrown.has(error)) own = { error }
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

/** A snapshot that notes what its calls throw: the adapter failed then, even if the engine's work rethrows the error. */
function noting(snapshot: LogSnapshot, thrown: Set<unknown>): LogSnapshot {
  const note: Named = async (call) => {
    try {
      return await call()
    } catch (error) {
      thrown.add(error)
      throw error
    }
  }
  return within(note, snapshot, ['head', 'streams', 'events', 'ledger', 'rows', 'videos'])
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
