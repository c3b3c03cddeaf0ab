// Time that passes only when a test moves it, for everything that takes an rxjs scheduler. Between two timers it waits for all
// promises, as real time would. The contract tries the defaults with it over a backend whose own time is real; `idle` waits
// until that backend has nothing left to do.

import { VirtualTimeScheduler } from 'rxjs'

export type VirtualTime = ReturnType<typeof createVirtualTime>

/** `idle` resolves to false at once when no work is in progress, and otherwise to true when that work has ended. */
export function createVirtualTime(idle: () => Promise<boolean> = async () => false) {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 0

  /** The event loop turns only when no promise can continue. */
  async function waitForPromises(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (await idle())
  }

  return {
    scheduler,
    /** Milliseconds since the beginning. */
    now: () => scheduler.frame,
    /** Number of timers that wait. */
    get timers() {
      return scheduler.actions.filter((action) => !action.closed).length
    },
    /** Moves the time forward, timer by timer. */
    async advance(ms: number) {
      const end = scheduler.frame + ms
      await waitForPromises()
      for (let next = nextDelay(scheduler); next <= end; next = nextDelay(scheduler)) {
        scheduler.maxFrames = next
        scheduler.flush()
        await waitForPromises()
      }
      scheduler.frame = end
    },
  }
}

function nextDelay(scheduler: VirtualTimeScheduler): number {
  return scheduler.actions.reduce((least, action) => Math.min(least, action.delay), Number.POSITIVE_INFINITY)
}
