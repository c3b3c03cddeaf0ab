// A spool: a SQLite log on this device that takes what is tracked first, before a server that comes and goes
// (storage.spool). This file defines the spool's own log and puts the parts together: forwarding.ts carries the log on to
// the server, spool-client.ts decides which of the two answers a call. The spool has to open; the server may come later.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import type { EngineSpec } from '../engine/engine-spec.js'
import { DAY_MS } from '../events/time-units.js'
import { chosenWindows } from '../ledger/settings.js'
import type { SpoolStatus } from '../ports/diagnostics-types.js'
import { Forwarding } from './forwarding.js'
import { createSpoolClient } from './spool-client.js'

export interface SpooledOptions {
  readonly openSpool: () => Promise<EngineClient>
  /** Resolves while the server may still be away; `onConnected` is called once, when it is reached. */
  readonly openServer: (onConnected: () => void) => Promise<StoreClient>
  /** How often the spool removes what was carried and is past its windows. 0: never. */
  readonly retainEveryMs: number
  readonly onOpened: (status: () => SpoolStatus) => void
  readonly onState: (state: SpoolStatus['state']) => void
  readonly onFailed: (error: unknown) => void
  readonly nowMs: () => number
  /** From 0 inclusive to 1 exclusive: keeps several programs from trying at the same moments. */
  readonly random: () => number
}

export async function openSpooledClient(options: SpooledOptions): Promise<StoreClient> {
  const spool = await options.openSpool()
  try {
    let forwarding: Forwarding | null = null
    const server = await options.openServer(() => forwarding?.passNow())
    forwarding = new Forwarding({ ...options, spool, server })
    options.onOpened(forwarding.status)
    forwarding.passNow()
    return createSpoolClient({ spool, server, forwarding, onFailed: options.onFailed })
  } catch (error) {
    await spool.close(true)
    throw error
  }
}

/** The server keeps the detail. The spool keeps it for a day, so that a person can still look into what was carried. */
const SPOOL_WINDOWS = { detailMs: DAY_MS, telemetryMs: DAY_MS, dailyDays: 0, monthlyMonths: 0 }

/** The spool's log at this path, for a learner whose days start at this hour. */
export function spoolDatabase(
  path: string,
  dayStartsAtHour: number,
): Pick<EngineSpec, 'provider' | 'storage' | 'settings'> {
  return {
    provider: 'sqlite',
    storage: { path },
    settings: { dayStartsAtHour, ...chosenWindows(SPOOL_WINDOWS) },
  }
}
