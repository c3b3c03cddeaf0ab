// A snapshot is valid only while the work that it was made for runs. Each adapter gives its snapshots the check from here.

import { ImmersionError } from '../../src/events/errors.js'
import type { LogSnapshot } from '../../src/ports/event-log.js'

/** `make` builds a snapshot that calls `check` at the beginning of each method. */
export async function onSnapshot<T>(
  make: (check: () => void) => LogSnapshot,
  work: (snapshot: LogSnapshot) => Promise<T>,
): Promise<T> {
  let valid = true
  const check = (): void => {
    if (!valid) throw new ImmersionError('INVALID_ARGUMENT', 'A snapshot was used after its read had ended.')
  }
  try {
    return await work(make(check))
  } finally {
    valid = false
  }
}
