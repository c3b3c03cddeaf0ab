// The same client without a thread: the engine runs in the caller's process. For tests and for commands that end soon;
// a player would wait for each write. A write that hangs cannot be ended here, so after a while it counts as failed and
// is sent again, which is harmless.

import { encodeTracked } from '../engine/encode-tracked.js'
import type { EngineClient } from '../engine/engine-client.js'
import type { EngineSpec } from '../engine/engine-spec.js'
import { exportPages } from '../engine/export-pages.js'
import { openEngine } from '../engine/open-engine.js'
import { ImmersionError } from '../events/errors.js'
import { checkedAnswer } from './serve.js'

/** Longer than any write that is still going to succeed. */
const STUCK_AFTER_MS = 60_000

export async function openInlineClient(
  spec: Omit<EngineSpec, 'role'>,
  stuckAfterMs: number = STUCK_AFTER_MS,
): Promise<EngineClient> {
  const { engine, settings } = await openEngine({ ...spec, role: 'writer' })
  return {
    ...engine,
    storedSettings: settings,
    async appendTracked(events) {
      return checkedAnswer(await answeredWithin(stuckAfterMs, engine.append(encodeTracked(events))))
    },
    exportPages: () => exportPages(engine.exportPage),
  }
}

async function answeredWithin<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ImmersionError('STORAGE_UNAVAILABLE', `A write was not answered for ${timeoutMs} ms.`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
