// Time that passes only when a test says so, for everything that takes an rxjs scheduler. Between two timers it lets
// promises settle, as real time would.

import { VirtualTimeScheduler } from 'rxjs'

export interface VirtualTime {
  readonly scheduler: VirtualTimeScheduler
  now(): number
  /** Lets this much time pass, timer by timer. */
  advance(ms: number): Promise<void>
  /** Timers that are waiting. */
  readonly timers: number
}

export function createVirtualTime(): VirtualTime {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 0

  /** The event loop turns only when no promise can go on. */
  function settlePromises(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  return {
    scheduler,
    now: () => scheduler.frame,
    get timers() {
      return scheduler.actions.filter((action) => !action.closed).length
    },
    async advance(ms) {
      const end = scheduler.frame + ms
      await settlePromises()
      for (let next = nextDelay(scheduler); next <= end; next = nextDelay(scheduler)) {
        scheduler.maxFrames = next
        scheduler.flush()
        await settlePromises()
      }
      scheduler.frame = end
    },
  }
}

function nextDelay(scheduler: VirtualTimeScheduler): number {
  return scheduler.actions.reduce((least, action) => Math.min(least, action.delay), Number.POSITIVE_INFINITY)
}
