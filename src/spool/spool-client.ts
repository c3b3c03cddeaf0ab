// The client of a store with a spool (storage.spool): the spool's log takes what is tracked, and forwarding.ts carries it
// on to the server. Everything else goes to the server. While that is away, queries are answered from the spool, and say so,
// and corrections are recorded there.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { within } from '../engine/within.js'
import { type ErrorCode, ImmersionError } from '../events/errors.js'
import type { Answer } from '../ports/analytics-types.js'
import { type Forwarding, isServerAway } from './forwarding.js'

/** A query sees what this program has recorded, where the server takes it that fast. */
const CATCH_UP_WAIT_MS = 1000
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
  const either = <T>(call: (client: StoreClient) => Promise<T>) => callEither({ spool, server, forwarding }, call)

  async function query<T extends Answer>(call: (client: StoreClient) => Promise<T>): Promise<T> {
    const { answer, isFromSpool } = await either(call)
    return isFromSpool ? { ...answer, fromSpool: true } : answer
  }

  return {
    ...server,
    async appendTracked(events) {
      const answer = await spool.appendTracked(events)
      forwarding.recorded(events.map(({ event }) => event.streamId))
      return answer
    },
    analyze: (name, ...args) => query((client) => client.analyze(name, ...args)),
    listCorrections: () => query((client) => client.listCorrections()),
    // The start of the day is the server's, as last heard of; the windows are the spool's own.
    settings: async () => (await either((client) => client.settings())).answer,
    async events(page) {
      await caughtUp(forwarding)
      return server.events(page)
    },
    async correct(request) {
      await caughtUp(forwarding)
      if (forwarding.isAway) {
        const answer = await onlyFromSpool(() => spool.correct(request))
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
      closing ??= closeBoth({ spool, server, forwarding }, atOnce)
      return closing
    },
  }
}

type Parts = Pick<SpoolClientOptions, 'spool' | 'server' | 'forwarding'>

/** The server's answer, or the spool's while the server is away. */
async function callEither<T>(
  { spool, server, forwarding }: Parts,
  call: (client: StoreClient) => Promise<T>,
): Promise<{ readonly answer: T; readonly isFromSpool: boolean }> {
  await caughtUp(forwarding)
  if (!forwarding.isAway) {
    try {
      return { answer: await call(server), isFromSpool: false }
    } catch (error) {
      if (!isServerAway(error)) throw error
      forwarding.passNow()
    }
  }
  return { answer: await onlyFromSpool(() => call(spool)), isFromSpool: true }
}

async function caughtUp(forwarding: Forwarding): Promise<void> {
  if (!forwarding.isAway) await within(CATCH_UP_WAIT_MS, forwarding.caughtUp())
}

async function closeBoth({ spool, server, forwarding }: Parts, atOnce: boolean): Promise<void> {
  if (!atOnce && !forwarding.isAway) await within(CLOSE_WAIT_MS, forwarding.caughtUp())
  const stopped = forwarding.stop()
  // The server's client ends what is under way.
  await server.close(atOnce)
  await stopped
  await spool.close(atOnce)
}

/** A session or a video that the spool does not know may well be on the server, so it is not reported as unknown. */
async function onlyFromSpool<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof ImmersionError) || !UNKNOWN.has(error.code)) throw error
    throw new ImmersionError('STORAGE_UNAVAILABLE', `The server is away, and in the spool: ${error.message}`, {
      hint: 'The spool knows what was tracked on this device. Query again when the server is back.',
      details: error.details,
      cause: error,
    })
  }
}

const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['UNKNOWN_SESSION', 'UNKNOWN_VIDEO'])
