// When retention runs: once after the program's first events are written, so that neither its start nor a player's first
// seconds wait for it, and then at intervals. Nothing of it keeps a process alive, and where several programs share a log,
// the first to come does the work. Space is given back in a run that finds no session open.

import { type Observable, take } from 'rxjs'
import type { RetainOptions } from '../ports/report-types.js'

/** After the first events: what a start has to do is done by then. */
const FIRST_RUN_DELAY_MS = 5_000
/** Three and a half weeks: a timer takes no more, and fires at once when it is given more. */
const TIMER_MAX_MS = 2 ** 31 - 1

export interface RetentionScheduleOptions {
  /** 0: never. */
  readonly everyMs: number
  /** 0: never. */
  readonly vacuumEveryMs: number
  readonly retain: (options: RetainOptions) => Promise<unknown>
  readonly isIdle: () => boolean
  /** Says that events were written. */
  readonly written: Observable<unknown>
  readonly onFailed: (error: unknown) => void
}

export function scheduleRetention(options: RetentionScheduleOptions): { stop(): void } {
  const { everyMs, vacuumEveryMs, retain, isIdle, written, onFailed } = options
  let timer: NodeJS.Timeout | undefined
  let stopped = everyMs === 0

  function runAfter(delayMs: number): void {
    if (stopped) return
    timer = setTimeout(() => void run(), Math.min(delayMs, TIMER_MAX_MS))
    timer.unref()
  }

  async function run(): Promise<void> {
    const vacuums = vacuumEveryMs > 0 && isIdle()
    try {
      await retain({ dueAfterMs: everyMs, ...(vacuums && { vacuumAfterMs: vacuumEveryMs }) })
    } catch (error) {
      if (!stopped) onFailed(error)
    }
    runAfter(everyMs)
  }

  const first = stopped ? undefined : written.pipe(take(1)).subscribe(() => runAfter(FIRST_RUN_DELAY_MS))
  return {
    stop() {
      stopped = true
      first?.unsubscribe()
      clearTimeout(timer)
    },
  }
}
