// What the store uses in place of an engine, wherever the engine runs: in a worker's threads (src/worker), in this process
// (openInlineClient), behind a connection that is still being opened (src/store/connecting-client.ts), or behind a spool
// (src/spool/spool.ts).

import { hasCode, ImmersionError } from '../events/errors.js'
import { requireOpen } from '../events/require-open.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { OpenedSettings } from '../ports/profile-settings.js'
import { callEngine, ENGINE_METHOD_NAMES, type EngineCalls, engineCalls } from './engine-calls.js'
import type { EngineSpec } from './engine-spec.js'
import { type OpenedEngine, openEngine } from './open-engine.js'
import { within } from './within.js'

/** A store's engine, once its database is reached. */
export interface EngineClient extends EngineCalls, Pick<LogEngine, 'exportPages'> {
  /** The settings that are stored with the profile, as they were when it was opened. */
  readonly storedSettings: OpenedSettings
  /** Idempotent. Lets what is being written end, unless `atOnce`. */
  close(atOnce?: boolean): Promise<void>
}

/** What a store holds: the settings that are stored are known only once it is connected. */
export type StoreClient = Omit<EngineClient, 'storedSettings'>

/**
 * Longer than any write that is still going to succeed: SQLite waits 2.5 s for another process, and a slow disk may take many
 * times that for a large batch.
 */
export const STUCK_AFTER_MS = 60_000

/**
 * The client without a thread: the engine runs in the caller's process. For tests and for commands that end soon; a player
 * would wait for each write. A write that hangs cannot be ended here, so after a while it counts as failed and is sent
 * again, which is harmless.
 */
export async function openInlineClient(
  spec: Omit<EngineSpec, 'role'>,
  stuckAfterMs: number = STUCK_AFTER_MS,
): Promise<EngineClient> {
  let opening: Promise<OpenedEngine> | null = openEngine({ ...spec, role: 'writer' })
  const { settings } = await opening
  let isOpen = true

  /** Where its database file was replaced, an engine is closed, and the next call opens another. */
  async function onEngine<T>(work: (engine: LogEngine) => Promise<T>): Promise<T> {
    requireOpen('store', isOpen)
    opening ??= openEngine({ ...spec, role: 'writer', isReopened: true })
    const opened = opening
    try {
      const { engine } = await opened
      return await work(engine)
    } catch (error) {
      if (hasCode(error, 'STORAGE_REPLACED') && opening === opened) {
        opening = null
        await opened.then(({ engine }) => engine.close()).catch(() => {})
      }
      throw ImmersionError.from(error)
    }
  }

  return {
    ...engineCalls(ENGINE_METHOD_NAMES, (method, args, onProgress) =>
      onEngine((engine) => {
        const call = callEngine(engine, method, args, onProgress)
        return method === 'appendTracked' ? answeredWithin(stuckAfterMs, call) : call
      }),
    ),
    storedSettings: settings,
    async *exportPages() {
      yield* await onEngine(async (engine) => engine.exportPages())
    },
    async close() {
      isOpen = false
      const opened = await opening?.catch(() => null)
      await opened?.engine.close()
    },
  }
}

async function answeredWithin(timeoutMs: number, write: Promise<unknown>): Promise<unknown> {
  const answer = await within(timeoutMs, write)
  if (answer !== undefined) return answer
  throw new ImmersionError('STORAGE_UNAVAILABLE', `A write was not answered for ${timeoutMs} ms.`)
}
