// The client of a store with a spool (storage.spool): a local SQLite log takes what is tracked, and is carried on to the
// server by forwarding.ts. Everything else is the server's affair; while it is away, questions are answered from the spool,
// and say so, and corrections are recorded there.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { ImmersionError } from '../events/errors.js'
import type { Analytics, Answer } from '../ports/analytics-types.js'
import { within } from '../worker/within.js'
import { type Forwarding, isServerAway } from './forwarding.js'

/** A question sees what this program has recorded, where the server takes it that fast. */
const SETTLE_WAIT_MS = 1000
/** What is not carried by then is carried by the next program that opens the spool. */
const CLOSE_WAIT_MS = 2000

export interface SpoolClientOptions {
  readonly spool: EngineClient
  readonly server: StoreClient
  readonly forwarding: Forwarding
  readonly onFailed: (error: unknown) => void
}

export function createSpoolClient({ spool, server, forwarding, onFailed }: SpoolClientOptions): StoreClient {
  let closing: Promise<void> | null = null

  async function settled(): Promise<void> {
    if (!forwarding.isAway) await within(SETTLE_WAIT_MS, forwarding.settled())
  }

  async function askEither<T>(question: (client: StoreClient) => Promise<T>, mark: (answer: T) => T): Promise<T> {
    await settled()
    if (!forwarding.isAway) {
      try {
        return await question(server)
      } catch (error) {
        if (!isServerAway(error)) throw error
        forwarding.lookAgain()
      }
    }
    return mark(await fromSpool(() => question(spool)))
  }

  const ask = <T extends Answer>(question: (client: StoreClient) => Promise<T>) =>
    askEither(question, (answer) => ({ ...answer, fromSpool: true }))

  async function close(atOnce: boolean): Promise<void> {
    if (!atOnce) await within(CLOSE_WAIT_MS, forwarding.isAway ? Promise.resolve() : forwarding.settled())
    const stopped = forwarding.stop()
    // The server's client ends what is under way.
    await server.close(atOnce)
    await stopped
    await spool.close(atOnce)
  }

  return {
    ...server,
    async appendTracked(events) {
      const answer = await spool.appendTracked(events)
      forwarding.recorded(events.map(({ event }) => event.streamId))
      return answer
    },
    analyze: <K extends keyof Analytics>(question: K, ...args: Parameters<Analytics[K]>) =>
      // Every answer is an Answer, and this one is of the question.
      ask((client) => client.analyze(question, ...args) as Promise<Answer>) as ReturnType<Analytics[K]>,
    listCorrections: () => ask((client) => client.listCorrections()),
    // The start of the day is the server's, as last heard of; the windows are the spool's own.
    settings: () =>
      askEither(
        (client) => client.settings(),
        (settings) => settings,
      ),
    async events(query) {
      await settled()
      return server.events(query)
    },
    async correct(request) {
      await settled()
      if (forwarding.isAway) {
        const answer = await fromSpool(() => spool.correct(request))
        forwarding.recorded(answer.correctionIds)
        return answer
      }
      const answer = await server.correct(request)
      await forwarding.takeCorrections(answer.correctionIds).catch(onFailed)
      return answer
    },
    async deleteProfile(profile) {
      const deleted = await server.deleteProfile(profile)
      return (await spool.deleteProfile(profile)) || deleted
    },
    async configure(settings) {
      const report = await server.configure(settings)
      const { dayStartsAtHour } = settings
      if (dayStartsAtHour !== undefined) await spool.configure({ dayStartsAtHour })
      return report
    },
    close(atOnce = false) {
      closing ??= close(atOnce)
      return closing
    },
  }
}

/** What the spool does not know may well be on the server. */
async function fromSpool<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ImmersionError) || !UNKNOWN.has(error.code)) throw error
    throw new ImmersionError('STORAGE_UNAVAILABLE', `The server is away, and in the spool: ${error.message}`, {
      hint: 'The spool knows what was tracked on this device. Ask again when the server is back.',
      details: error.details,
      cause: error,
    })
  }
}

const UNKNOWN: ReadonlySet<string> = new Set(['UNKNOWN_SESSION', 'UNKNOWN_VIDEO'])
