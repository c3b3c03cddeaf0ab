// A snapshot is valid only while the work that it was made for runs. Each adapter gives its snapshots the check from here.

import type { LogSnapshot } from '../../src/ports/event-log.js'
import { snapshotEnded } from './refusals.js'

/** `make` builds a snapshot that calls `check` at the beginning of each method. */
export async function onSnapshot<T>(
  make: (check: () => void) => LogSnapshot,
  work: (snapshot: LogSnapshot) => Promise<T>,
): Promise<T> {
  let valid = true
  const check = (): void => {
    if (!valid) throw snapshotEnded()
  }
  try {
    return await work(make(check))
  } finally {
    valid = false
  }
}
