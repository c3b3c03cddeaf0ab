// Opens the engine above a backend's log, for the cases that call what an application calls: in this process, and through a
// worker as the store opens it.

import { builtInProjections, rowTableOf } from '../engine/built-in-projections.js'
import { createLogEngine } from '../engine/engine.js'
import { createSystemClock } from '../events/clock.js'
import { hasCode, ImmersionError } from '../events/errors.js'
import { openWorkerClient } from '../worker/worker-client.js'
import type { CaseLogs } from './case-logs.js'
import type { ContractEngine, OpenEngineOptions } from './cases/engine-case.js'

const SETTINGS = { dayStartsAtHour: 4 }
const TIME_ZONE = 'Asia/Tokyo'

export async function openEngineInProcess(
  logs: CaseLogs,
  { log = 'main', profile = 'default' }: OpenEngineOptions,
): Promise<ContractEngine> {
  const projections = await builtInProjections()
  return createLogEngine({
    log: await logs.open(log, { tables: projections.map(rowTableOf) }),
    profile,
    settings: SETTINGS,
    projections,
    clock: createSystemClock(TIME_ZONE),
  })
}

export async function openEngineThroughWorker(
  logs: CaseLogs,
  { log = 'main', profile = 'default' }: OpenEngineOptions,
): Promise<ContractEngine> {
  const { provider } = logs.backend
  if (provider === undefined) {
    throw new ImmersionError('INVALID_ARGUMENT', 'The backend names no provider that the worker could import.', {
      hint: 'Give the URL of its module as `provider`, or name the capability `worker` in the manifest.',
    })
  }
  function failed(error: unknown): void {
    // A call after close is a refusal that its caller sees, not a failure of the backend.
    if (!hasCode(error, 'STORE_CLOSED')) logs.failed(error)
  }
  const storage = await logs.storage(log)
  const client = await openWorkerClient({
    spec: { profile, settings: SETTINGS, provider, storage, projections: [], timeZone: TIME_ZONE },
    onRestarted: failed,
    onFailed: failed,
  })
  return logs.closeLater(client)
}
