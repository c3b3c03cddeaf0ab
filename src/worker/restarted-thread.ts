// One thread at a time, started again by the next caller after it died.

import type { Thread } from './thread.js'

export class RestartedThread {
  readonly #start: (before: Thread | null) => Promise<Thread>
  #latest: Thread | null = null
  #starting: Promise<Thread> | null = null

  /** `start` is given the thread that ran before, or null. */
  constructor(start: (before: Thread | null) => Promise<Thread>) {
    this.#start = start
  }

  /** The thread that lives; it is started where there is none. */
  async current(): Promise<Thread> {
    if (this.#latest?.alive) return this.#latest
    this.#starting ??= this.#startNew()
    return this.#starting
  }

  /** The latest one that has started, or null. */
  get latest(): Thread | null {
    return this.#latest
  }

  /** The latest one that has started, once no other one is being started. */
  async last(): Promise<Thread | null> {
    await this.#starting?.catch(() => undefined)
    return this.#latest
  }

  async #startNew(): Promise<Thread> {
    try {
      this.#latest = await this.#start(this.#latest)
      return this.#latest
    } finally {
      this.#starting = null
    }
  }
}
