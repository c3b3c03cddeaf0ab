// The line on a terminal that says how far a long pass has come. Where nobody looks, nothing is written.

import type { PassProgress } from '../ports/store-types.js'
import * as say from './wording.js'

/** The line is redrawn at most so often. */
const PROGRESS_EVERY_MS = 200
const CLEAR_LINE = '\r\u001b[K'

export function progressLine(): (progress: PassProgress) => void {
  let drawnAtMs = 0
  return ({ done, total }) => {
    const nowMs = Date.now()
    if (!process.stderr.isTTY || nowMs - drawnAtMs < PROGRESS_EVERY_MS) return
    drawnAtMs = nowMs
    process.stderr.write(`${CLEAR_LINE}${say.number(done)} of ${say.number(total)} events`)
  }
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE)
}
