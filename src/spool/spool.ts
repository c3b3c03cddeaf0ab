// A spool: a SQLite log on this device that takes what is tracked first, before a server that comes and goes (storage.spool).
// forwarding.ts carries it on to the server. Everything else goes to the server. While that is away, queries are answered
// from the spool, and say so, and corrections are recorded there. The spool has to open; the server may come later.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { within } from '../engine/within.js'
import { type ErrorCode, ImmersionError } from '../events/errors.js'
import { DAY_MS } from '../events/time-units.js'
import { chosenWindows } from '../ledger/settings.js'
import type { Answer } from '../ports/analytics-types.js'
import type { SpoolStatus } from '../ports/diagnostics-types.js'
import { Forwarding, type ForwardingOptions, isServerAway } from './forwarding.js'

/** The server keeps the detail. The spool keeps it for a day, so that a person can still look into what was carried. */
const SPOOL_WINDOWS = { detailMs: DAY_MS, telemetryMs: DAY_MS, dailyDays: 0, monthlyMonths: 0 }
/** A query sees what this program has recorded, where the server takes it that fast. */
const CATCH_UP_WAIT_MS = 1000
/** What is not carried by then is carried by the next program that opens the spool. */
const CLOSE_WAIT_MS = 2000

/** The path of a spool, and the server's database for which it is, as a URL without user and password. */
type SpoolPlace = Readonly<{ path: string; of: string }>

export interface SpooledOptions extends Omit<ForwardingOptions, 'spool' | 'server'> {
  readonly place: SpoolPlace
  readonly openSpool: () => Promise<EngineClient>
  /** Resolves while the server may still be away; `onConnected` is called once, when it is reached. */
  readonly openServer: (onConnected: () => void) => Promise<StoreClient>
  readonly onOpened: (status: () => SpoolStatus) => void
}

/** The spool's log at this path, for a learner whose days start at this hour. `of` is the server's database. */
export function spoolDatabase({ path, of }: SpoolPlace, dayStartsAtHour: number) {
  const settings = { dayStartsAtHour, ...chosenWindows(SPOOL_WINDOWS), spoolOf: of }
  return { provider: 'sqlite', storage: { path }, settings }
}

export async function openSpooledClient(options: SpooledOptions): Promise<StoreClient> {
  const spool = await options.openSpool()
  try {
    refuseOther(options.place, spool.storedSettings.spoolOf)
    let forwarding: Forwarding | null = null
    const server = await options.openServer(() => forwarding?.passNow())
    forwarding = new Forwarding({ ...options, spool, server })
    options.onOpened(forwarding.status)
    forwarding.passNow()
    return createSpoolClient({ spool, server, forwarding }, options.onFailed)
  } catch (error) {
    await spool.close(true)
    throw error
  }
}

/** What was tracked for one database must not reach another. A file that was not made as a spool names none. */
function refuseOther({ path, of }: SpoolPlace, madeFor = of): void {
  if (madeFor === of) return
  throw new ImmersionError('INVALID_CONFIG', `The spool ${path} was made for ${madeFor}, and not for ${of}.`, {
    hint: 'Give storage.spool another path. `immersion merge --from FILE` carries into a database what an old spool holds.',
    details: { key: 'storage.spool', madeFor, database: of },
  })
}

type Parts = Readonly<{ spool: EngineClient; server: StoreClient; forwarding: Forwarding }>

function createSpoolClient(parts: Parts, onFailed: (error: unknown) => void): StoreClient {
  const { spool, server, forwarding } = parts
  let closing: Promise<void> | null = null
  return {
    ...server,
    async appendTracked(events) {
      const answer = await spool.appendTracked(events)
      forwarding.recorded(events.map(({ event }) => event.streamId))
      return answer
    },
    analyze: (name, ...args) => callEither(parts, (client) => client.analyze(name, ...args), fromSpool),
    listCorrections: () => callEither(parts, (client) => client.listCorrections(), fromSpool),
    // The start of the day is the server's, as last heard of; the windows are the spool's own.
    settings: () => callEither(parts, (client) => client.settings()),
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
      closing ??= closeBoth(parts, atOnce)
      return closing
    },
  }
}

/** The server's answer, or while the server is away the spool's, as `marked` makes it. */
async function callEither<T>(
  { spool, server, forwarding }: Parts,
  call: (client: StoreClient) => Promise<T>,
  marked: (answer: T) => T = (answer) => answer,
): Promise<T> {
  await caughtUp(forwarding)
  if (!forwarding.isAway) {
    try {
      return await call(server)
    } catch (error) {
      if (!isServerAway(error)) throw error
      forwarding.passNow()
    }
  }
  return marked(await onlyFromSpool(() => call(spool)))
}

function fromSpool<T extends Answer>(answer: T): T {
  return { ...answer, fromSpool: true }
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

const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['UNKNOWN_SESSION', 'UNKNOWN_VIDEO'])

/** A session or a video that the spool does not know may well be on the server, so it is not reported as unknown. */
async function onlyFromSpool<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof ImmersionError) || !UNKNOWN.has(error.code)) throw error
    const message = `The server is unreachable, and the spool reported: ${error.message}`
    throw new ImmersionError('STORAGE_UNAVAILABLE', message, {
      hint: 'The spool knows what was tracked on this device. Query again when the server is back.',
      details: error.details,
      cause: error,
    })
  }
}
