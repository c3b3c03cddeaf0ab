// A lock of promises: runs pieces of work one after another, in the order in which they asked. Adapters hold one for each
// connection, so that two transactions never interleave on it. A piece that fails frees the lock.

export interface Lock {
  run<T>(work: () => Promise<T> | T): Promise<T>
}

const SHARED = new Map<string, { readonly lock: Lock; users: number }>()

/**
 * The lock of this name within the thread, until everybody has released it. Two logs of one thread on the same file need
 * it: while one waits in SQLite for the other, the thread stands still and the other can never finish.
 */
export function acquireSharedLock(name: string): { readonly lock: Lock; readonly release: () => void } {
  const shared = SHARED.get(name) ?? { lock: createLock(), users: 0 }
  SHARED.set(name, shared)
  shared.users++
  return {
    lock: shared.lock,
    release: () => {
      shared.users--
      if (shared.users === 0) SHARED.delete(name)
    },
  }
}

export function createLock(): Lock {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(work) {
      const turn = last.then(work)
      last = turn.catch(() => {})
      return turn
    },
  }
}
