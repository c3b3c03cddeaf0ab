// Time that passes only when a test says so, for everything that takes an rxjs scheduler. Between two timers it lets
// promises settle, as real time would. The contract's defaults are tried with it over a backend, whose own time is real:
// `idle` says when that has nothing more to do.

import { VirtualTimeScheduler } from 'rxjs'

export interface VirtualTime {
  readonly scheduler: VirtualTimeScheduler
  now(): number
  /** Lets this much time pass, timer by timer. */
  advance(ms: number): Promise<void>
  /** Timers that are waiting. */
  readonly timers: number
}

/** `idle` resolves to false at once when nothing is under way, else to true when that has ended. */
export function createVirtualTime(idle: () => Promise<boolean> = async () => false): VirtualTime {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 0

  /** The event loop turns only when no promise can go on. */
  async function settlePromises(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (await idle())
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
