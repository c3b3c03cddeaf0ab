// Turns tracked events into the form in which they are stored: counted, encoded, with their checksums. It runs where the
// engine runs, so off the caller's thread.

import { encodeEvent } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import type { NewEvent, TrackingEvent } from '../events/types.js'
import type { SentEvent } from '../ports/log-engine.js'

/** EVENT_REFUSED names an event that cannot be encoded. */
export function encodeTracked(events: readonly SentEvent[]): readonly NewEvent[] {
  return events.map(({ event, version, payloadText }) => {
    try {
      return encodeEvent(event, version, payloadText).event
    } catch (cause) {
      throw refusal(event, version, cause)
    }
  })
}

export function refusal(event: TrackingEvent, version: number, cause: unknown): ImmersionError {
  return new ImmersionError('EVENT_REFUSED', `An event of type ${event.type} cannot be encoded.`, {
    hint: 'The event is set aside; all other events are recorded.',
    details: { streamId: event.streamId, version, type: event.type },
    cause,
  })
}
