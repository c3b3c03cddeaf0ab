// The live feed over the log: reads pages after a position until there is nothing new, then waits for this program's own
// acknowledgements, or for a second to pass, because other programs write too. Positions are consecutive and in order of
// commit, so each event that is held comes once, and a missing position is an event that was removed. That is reported. No
// timer runs without a subscriber.

import { defer, interval, merge, Observable, type Subscriber, startWith } from 'rxjs'
import { gapBetween } from '../engine/read-events.js'
import { hasCode } from '../events/errors.js'
import type { RecordedEvent } from '../events/types.js'
import type { EventPage, PositionGap } from '../ports/report-types.js'

export interface FollowOptions {
  /** The position to begin after. Where this throws, the feed fails with that error. */
  readonly after: () => number
  readonly readPage: (after: number, limit: number) => Promise<EventPage>
  /** Emits when this program has written something; completes when the store is closed. */
  readonly written: Observable<unknown>
  /** Events that were removed before this feed read them. Called before the next event is emitted. */
  readonly onGap: (gap: PositionGap) => void
  /** A read failed; it is tried again with the next poll. */
  readonly onError: (error: unknown) => void
}

const POLL_INTERVAL_MS = 1000
const PAGE_EVENTS = 1000

export function followEvents(options: FollowOptions): Observable<RecordedEvent> {
  return defer(() => {
    const after = options.after()
    return new Observable<RecordedEvent>((subscriber) =>
      merge(options.written, interval(POLL_INTERVAL_MS))
        .pipe(startWith(undefined))
        .subscribe({ next: readerInto(subscriber, options, after), complete: () => subscriber.complete() }),
    )
  })
}

/** Reads everything that is new. A call while one is reading makes that one go on. */
function readerInto(
  subscriber: Subscriber<RecordedEvent>,
  { readPage, onGap, onError }: FollowOptions,
  after: number,
): () => Promise<void> {
  let position = after
  let reading = false
  /** More may have been written since the page that is being read began. */
  let isBehind = false

  async function readNextPage(): Promise<void> {
    isBehind = false
    const { events, gapBefore, lastPosition } = await readPage(position, PAGE_EVENTS)
    for (const event of events) {
      if (subscriber.closed) return
      const gap = gapBetween(position, event.position)
      if (gap !== null) onGap(gap)
      position = event.position
      subscriber.next(event)
    }
    if (events.length > 0) isBehind = true
    else if (gapBefore !== null) onGap(gapBefore)
    position = lastPosition
  }

  return async () => {
    isBehind = true
    if (reading) return
    reading = true
    try {
      while (isBehind && !subscriber.closed) await readNextPage()
    } catch (error) {
      if (hasCode(error, 'STORE_CLOSED')) subscriber.complete()
      else onError(error)
    } finally {
      reading = false
    }
  }
}
