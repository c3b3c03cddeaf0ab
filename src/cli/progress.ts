// The line on a terminal that shows how far a long pass has come. Nothing is written where stderr is no terminal.

import type { PassProgress } from '../ports/report-types.js'
import * as say from './wording.js'

/** A redraw for every event would cost more than the pass itself. */
const REDRAW_MS = 200
const CLEAR_LINE = '\r\u001b[K'

type Progress = PassProgress & { readonly elapsedMs?: number }

/** Runs `work` with a function that draws its progress in `noun`, and removes the line afterwards. */
export async function withProgress<T>(
  noun: string,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  let drawnAtMs = 0
  try {
    return await work((progress) => {
      const nowMs = Date.now()
      if (!process.stderr.isTTY || nowMs - drawnAtMs < REDRAW_MS) return
      drawnAtMs = nowMs
      process.stderr.write(`${CLEAR_LINE}${progressText(noun, progress)}`)
    })
  } finally {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE)
  }
}

/** Where the elapsed time is known, with the rate and the time that is left at that rate. */
function progressText(noun: string, { done, total, elapsedMs = 0 }: Progress): string {
  const text = `${say.number(done)} of ${say.number(total)} ${noun}`
  if (done === 0 || elapsedMs === 0) return text
  const leftMs = ((total - done) / done) * elapsedMs
  return `${text}, ${say.number((done / elapsedMs) * 1000)} per second, ${say.duration(leftMs)} left`
}
