// What the product writes for a history cut into batches, recorded once: an engine over the memory adapter, whose commits
// are noted on the way through. The append floors replay exactly these rows.

import { adapter } from '../adapters/memory/adapter.js'
import { rowTableOf } from '../src/engine/built-in-projections.js'
import type { NewEvent } from '../src/events/types.js'
import type { EventLog, LogWrites } from '../src/ports/event-log.js'
import { BUILT_IN_PROJECTIONS } from '../test/support/built-in-projections.js'
import { changed } from '../test/support/changed.js'
import { engineOn } from './databases.js'

export async function recordWrites(batches: Iterable<readonly NewEvent[]>): Promise<readonly LogWrites[]> {
  const recorded: LogWrites[] = []
  const log = await adapter.openEventLog({
    storage: {},
    tables: BUILT_IN_PROJECTIONS.map(rowTableOf),
    readOnly: false,
  })
  const engine = await engineOn(noting(log, recorded))
  // The first commit lists the projections; it is part of opening a profile, not of appending.
  recorded.length = 0
  for (const batch of batches) await engine.append(batch)
  await engine.close()
  return recorded
}

function noting(log: EventLog, recorded: LogWrites[]): EventLog {
  return changed(log, {
    async commit(profile, writes) {
      const outcome = await log.commit(profile, writes)
      if (outcome === 'committed') recorded.push(writes)
      return outcome
    },
    update: (profile, work) =>
      log.update(profile, async (snapshot) => {
        const outcome = await work(snapshot)
        if (outcome.writes !== null) recorded.push(outcome.writes)
        return outcome
      }),
  })
}
