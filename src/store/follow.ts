// The live feed over the log: reads pages after a position until there is nothing new, then waits for this program's own
// acknowledgements, or for a second to pass, because other programs write too. Positions are consecutive and in order of
// commit, so each event comes once and none is skipped. No timer runs without a subscriber.

import { interval, merge, Observable, startWith } from 'rxjs'
import { ImmersionError } from '../events/errors.js'
import type { RecordedEvent } from '../events/types.js'
import type { EventPage } from '../ports/store-types.js'

export interface FollowOptions {
  readonly after: number
  readonly readPage: (after: number, limit: number) => Promise<EventPage>
  /** Something of this program was written. */
  readonly written: Observable<unknown>
  /** A read failed; it is tried again with the next poll. */
  readonly onError: (error: unknown) => void
}

const POLL_INTERVAL_MS = 1000
const PAGE_EVENTS = 1000

export function followEvents(options: FollowOptions): Observable<RecordedEvent> {
  return new Observable<RecordedEvent>((subscriber) => {
    let position = options.after
    let reading = false
    let askedMeanwhile = false

    async function readAll(): Promise<void> {
      askedMeanwhile = true
      if (reading) return
      reading = true
      try {
        while (askedMeanwhile && !subscriber.closed) {
          askedMeanwhile = false
          const { events } = await options.readPage(position, PAGE_EVENTS)
          for (const event of events) {
            if (subscriber.closed) return
            position = event.position
            subscriber.next(event)
          }
          if (events.length > 0) askedMeanwhile = true
        }
      } catch (error) {
        if (error instanceof ImmersionError && error.code === 'STORE_CLOSED') subscriber.complete()
        else options.onError(error)
      } finally {
        reading = false
      }
    }

    return merge(options.written, interval(POLL_INTERVAL_MS))
      .pipe(startWith(undefined))
      .subscribe({ next: () => void readAll(), complete: () => subscriber.complete() })
  })
}
