// The line on a terminal that says how far a long pass has come. Where nobody looks, nothing is written.

import type { PassProgress } from '../ports/report-types.js'
import * as say from './wording.js'

/** The line is redrawn at most so often. */
const PROGRESS_EVERY_MS = 200
const CLEAR_LINE = '\r\u001b[K'

export function progressLine(): (progress: PassProgress) => void {
  const draw = redrawn()
  return ({ done, total }) => draw(() => `${say.number(done)} of ${say.number(total)} events`)
}

/** With what is done in a second, and how long the rest takes at that rate. */
export function timedProgressLine(what: string): (progress: PassProgress & { readonly elapsedMs: number }) => void {
  const draw = redrawn()
  return ({ done, total, elapsedMs }) =>
    draw(() => {
      const rate = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
      const left =
        rate > 0 ? `, ${say.number(rate)} a second, ${say.duration(((total - done) / rate) * 1000)} left` : ''
      return `${say.number(done)} of ${say.number(total)} ${what}${left}`
    })
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE)
}

function redrawn(): (text: () => string) => void {
  let drawnAtMs = 0
  return (text) => {
    const nowMs = Date.now()
    if (!process.stderr.isTTY || nowMs - drawnAtMs < PROGRESS_EVERY_MS) return
    drawnAtMs = nowMs
    process.stderr.write(`${CLEAR_LINE}${text()}`)
  }
}
