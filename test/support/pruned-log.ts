// Removes events from a log as retention does: the events go, and their stream no longer counts them as held.

import { addChecksum } from '../../src/ledger/ledger-checksum.js'
import type { EventLog, LogWrites } from '../../src/ports/event-log.js'

/** Prunes the held events of one stream whose version is to be pruned. */
export function prune(
  log: EventLog,
  profile: string,
  streamId: string,
  isPruned: (version: number) => boolean,
): Promise<void> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const [row] = await snapshot.streams({ streamIds: [streamId] })
    if (row === undefined) return { writes: null, answer: undefined }
    const held = await snapshot.events({ after: 0, stream: row.stream, limit: Number.MAX_SAFE_INTEGER })
    const removed = held.filter(({ version }) => isPruned(version))
    const kept = held.filter(({ version }) => !isPruned(version))
    const revision = head.revision + 1
    const writes: LogWrites = {
      head: { ...head, revision },
      streams: [
        {
          ...row,
          heldCount: kept.length,
          heldChecksum: kept.reduce((sum, { checksum }) => addChecksum(sum, checksum), 0),
          firstPosition: kept[0]?.position ?? 0,
          lastPosition: kept[kept.length - 1]?.position ?? 0,
          revision,
        },
      ],
      events: [],
      ledger: [],
      rows: [],
      videos: [],
      removedPositions: removed.map(({ position }) => [position, position] as const),
    }
    return { writes: removed.length === 0 ? null : writes, answer: undefined }
  })
}
