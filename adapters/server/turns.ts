// Who may write now: one at a time in each profile, because a second one would only hold a connection while it waits for
// the head's lock in the server; and never so many in all that no connection is left for what a writer reads meanwhile.

import { createLock, type Lock } from '../lock.js'

export interface WriteTurns {
  run<T>(profile: string, work: () => Promise<T>): Promise<T>
}

/** `limit` is 1 or more: writers of different profiles that may be at work at once. */
export function createWriteTurns(limit: number): WriteTurns {
  const locks = new Map<string, { readonly lock: Lock; users: number }>()
  const waiting: (() => void)[] = []
  let free = limit

  async function enter(): Promise<void> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  async function within<T>(work: () => Promise<T>): Promise<T> {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }

  return {
    async run(profile, work) {
      const held = locks.get(profile) ?? { lock: createLock(), users: 0 }
      locks.set(profile, held)
      held.users++
      try {
        return await held.lock.run(() => within(work))
      } finally {
        held.users--
        if (held.users === 0) locks.delete(profile)
      }
    },
  }
}
