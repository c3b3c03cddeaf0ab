// A lock of promises: runs pieces of work one after another, in the order in which they arrived. Adapters hold one for each
// connection or profile, so that two transactions never interleave on it. A piece that fails frees the lock.

export class Lock {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T> | T): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}

/** Locks by name. Each exists for as long as someone uses it. */
export class NamedLocks {
  readonly #held = new Map<string, { readonly lock: Lock; users: number }>()

  acquire(name: string): { readonly lock: Lock; readonly release: () => void } {
    const held = this.#held.get(name) ?? { lock: new Lock(), users: 0 }
    this.#held.set(name, held)
    held.users++
    return {
      lock: held.lock,
      release: () => {
        held.users--
        if (held.users === 0) this.#held.delete(name)
      },
    }
  }

  async run<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    const { lock, release } = this.acquire(name)
    try {
      return await lock.run(work)
    } finally {
      release()
    }
  }
}

/** Runs at most `limit` pieces of work at once; more wait, and begin in the order in which they arrived. */
export class Slots {
  readonly #waiting: (() => void)[] = []
  #free: number

  /** 1 or more. */
  constructor(limit: number) {
    this.#free = limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
