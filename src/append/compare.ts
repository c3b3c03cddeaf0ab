// Repeated events against what the log holds: the same version with other content is a conflict. The checksum stands for
// the content, so a stored event that was damaged since is no reason to refuse the same event when it is sent again.

import type { NewEvent } from '../events/types.js'
import { heldEvents } from '../ledger/held-events.js'
import type { LogSnapshot } from '../ports/event-log.js'
import { refuseConflict, type StreamBatch } from './batch.js'

/** VERSION_CONFLICT when an event is still held with other content. Events that are no longer held cannot be compared. */
export async function compareWithHeld(snapshot: LogSnapshot, stream: StreamBatch): Promise<void> {
  if (stream.before === null) return
  const repeated = new Map<number, NewEvent>()
  for (const event of stream.repeated) {
    refuseConflict(event, repeated.get(event.version))
    repeated.set(event.version, event)
  }
  for await (const page of heldEvents(snapshot, stream.before.row)) {
    for (const row of page) {
      const event = repeated.get(row.version)
      if (event !== undefined) refuseConflict(event, row)
      repeated.delete(row.version)
    }
    if (repeated.size === 0) return
  }
}
