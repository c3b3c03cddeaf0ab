// The client without a thread: the engine runs in the caller's process. For tests and for commands that end soon; a player
// would wait for each write. A write that hangs cannot be ended here, so after a while it counts as failed and is sent
// again, which is harmless.

import { ImmersionError } from '../events/errors.js'
import { callEngine, ENGINE_METHOD_NAMES, engineCalls } from './engine-calls.js'
import type { EngineClient } from './engine-client.js'
import type { EngineSpec } from './engine-spec.js'
import { openEngine } from './open-engine.js'
import { requireOpen } from './require-open.js'
import { within } from './within.js'

/** Longer than any write that is still going to succeed. */
const STUCK_AFTER_MS = 60_000

export async function openInlineClient(
  spec: Omit<EngineSpec, 'role'>,
  stuckAfterMs: number = STUCK_AFTER_MS,
): Promise<EngineClient> {
  const { engine, settings } = await openEngine({ ...spec, role: 'writer' })
  let isOpen = true
  return {
    ...engineCalls(ENGINE_METHOD_NAMES, async (method, args, onProgress) => {
      requireOpen(isOpen)
      const call = callEngine(engine, method, args, onProgress)
      try {
        return await (method === 'appendTracked' ? answeredWithin(stuckAfterMs, call) : call)
      } catch (error) {
        throw ImmersionError.from(error)
      }
    }),
    storedSettings: settings,
    exportPages: engine.exportPages,
    async close() {
      isOpen = false
      await engine.close()
    },
  }
}

async function answeredWithin(timeoutMs: number, write: Promise<unknown>): Promise<unknown> {
  const answer = await within(timeoutMs, write)
  if (answer !== undefined) return answer
  throw new ImmersionError('STORAGE_UNAVAILABLE', `A write was not answered for ${timeoutMs} ms.`)
}
