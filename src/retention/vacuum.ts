// Gives the space that nothing uses back to the file system, in short steps, so that other programs can write in between. The
// profile notes when that was last done.

import type { EventLog } from '../ports/event-log.js'
import { note } from './windows.js'

/** Pause between two steps of giving space back, so that appends come in between. */
const VACUUM_PAUSE_MS = 5

/** Returns how many bytes the database has become smaller: 0 where it gives space back by itself. */
export async function vacuum(log: EventLog, profile: string, nowMs: number): Promise<number> {
  let freedBytes = 0
  for (;;) {
    const given = (await log.vacuum?.()) ?? 0
    if (given === 0) break
    freedBytes += given
    await new Promise((resolve) => setTimeout(resolve, VACUUM_PAUSE_MS))
  }
  await note(log, profile, { vacuumedAtMs: nowMs })
  return freedBytes
}
