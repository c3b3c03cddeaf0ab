// The live feed over the log: reads pages after a position until there is nothing new, then waits for this program's own
// acknowledgements, or for a second to pass, because other programs write too. Positions are consecutive and in order of
// commit, so each event comes once and none is skipped. No timer runs without a subscriber.

import { defer, interval, merge, Observable, type Subscriber, startWith } from 'rxjs'
import { ImmersionError } from '../events/errors.js'
import type { RecordedEvent } from '../events/types.js'
import type { EventPage } from '../ports/report-types.js'

export interface FollowOptions {
  /** The position to begin after. Where this throws, the feed fails with that error. */
  readonly after: () => number
  readonly readPage: (after: number, limit: number) => Promise<EventPage>
  /** Emits when this program has written something; completes when the store is closed. */
  readonly written: Observable<unknown>
  /** A read failed; it is tried again with the next poll. */
  readonly onError: (error: unknown) => void
}

const POLL_INTERVAL_MS = 1000
const PAGE_EVENTS = 1000

export function followEvents(options: FollowOptions): Observable<RecordedEvent> {
  return defer(() => {
    const after = options.after()
    return new Observable<RecordedEvent>((subscriber) => {
      const feed = new Feed(options, after, subscriber)
      return merge(options.written, interval(POLL_INTERVAL_MS))
        .pipe(startWith(undefined))
        .subscribe({ next: () => void feed.readAll(), complete: () => subscriber.complete() })
    })
  })
}

class Feed {
  readonly #options: FollowOptions
  readonly #subscriber: Subscriber<RecordedEvent>
  #position: number
  #reading = false
  /** More may have been written since the page that is being read began. */
  #isBehind = false

  constructor(options: FollowOptions, after: number, subscriber: Subscriber<RecordedEvent>) {
    this.#options = options
    this.#subscriber = subscriber
    this.#position = after
  }

  async readAll(): Promise<void> {
    this.#isBehind = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#isBehind && !this.#subscriber.closed) await this.#readPage()
    } catch (error) {
      if (error instanceof ImmersionError && error.code === 'STORE_CLOSED') this.#subscriber.complete()
      else this.#options.onError(error)
    } finally {
      this.#reading = false
    }
  }

  async #readPage(): Promise<void> {
    this.#isBehind = false
    const { events } = await this.#options.readPage(this.#position, PAGE_EVENTS)
    for (const event of events) {
      if (this.#subscriber.closed) return
      this.#position = event.position
      this.#subscriber.next(event)
    }
    if (events.length > 0) this.#isBehind = true
  }
}
