// Turns of writers: one at a time in each profile, because a second one would only hold a connection while it waits for the
// head's lock in the server; and never so many in all that no connection is left for reads of a writer.

import { NamedLocks } from '../port/lock.js'

export class WriteTurns {
  readonly #profiles = new NamedLocks()
  readonly #waiting: (() => void)[] = []
  #free: number

  /** `limit` is 1 or more: writers of different profiles that may be at work at once. */
  constructor(limit: number) {
    this.#free = limit
  }

  run<T>(profile: string, work: () => Promise<T>): Promise<T> {
    return this.#profiles.run(profile, async () => {
      await this.#enter()
      try {
        return await work()
      } finally {
        this.#leave()
      }
    })
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
