// Keeps the time of one session: what was watched, what of it was active and what paused, and cuts it into heartbeats.
// States: playing, paused, buffering, and idle once nothing more is allowed to count. Lengths come from the monotonic
// clock and dates from the wall clock, so a wall clock that jumps moves a date and never makes time. No I/O, no timer:
// the session calls `advance` before each change of state and at each tick, and what comes out goes to `onHeartbeat`.

import { quarterOf } from '../events/calendar.js'
import { QUARTER_MS } from '../events/time-units.js'

export interface WatchLimits {
  /** A heartbeat that covers this much is sent. */
  readonly heartbeatIntervalMs: number
  /** What a gap between two counts of time may count at most: a suspended machine, a stalled event loop. */
  readonly gapMaxMs: number
}

/** Time counted from `startMs` on, all of it in one quarter hour of UTC and at one offset. Whole milliseconds. */
export interface Heartbeat {
  readonly startMs: number
  readonly utcOffsetMin: number
  readonly watchedMs: number
  readonly activeMs: number
  readonly pausedMs: number
}

/**
 * How far the wall clock may stray from the counted time before heartbeats are dated anew. Below it strays are rounding
 * and slewing, and dating without them keeps heartbeats end to end, so that no quarter hour holds more than fits in it.
 */
const WALL_STRAY_MAX_MS = 1_000

export interface WatchClock {
  /** Counts up to this moment in the state that has held since the last call. */
  advance(wallMs: number, monotonicMs: number): void
  /** Time counts up to this monotonic moment; never takes back what was allowed before. */
  allowUntil(monotonicMs: number): void
  setPaused(paused: boolean): void
  setBuffering(buffering: boolean): void
  /** Sends what is counted and not yet sent. */
  flush(): void
  /** Whether time would count at this moment. */
  counts(monotonicMs: number): boolean
  readonly paused: boolean
  readonly buffering: boolean
  /** Wall time of the end of what was counted last; the start when nothing was. */
  readonly lastCountedMs: number
}

export function createWatchClock(start: {
  readonly wallMs: number
  readonly monotonicMs: number
  readonly paused: boolean
  readonly limits: WatchLimits
  readonly utcOffsetMin: (epochMs: number) => number
  readonly onHeartbeat: (heartbeat: Heartbeat) => void
}): WatchClock {
  const { limits, utcOffsetMin, onHeartbeat } = start
  let paused = start.paused
  let buffering = false
  let countedToMonotonicMs = start.monotonicMs
  let allowedUntilMs = start.monotonicMs
  /** Wall time that the next counted millisecond is dated at. */
  let cursorMs = start.wallMs
  let lastCountedMs = start.wallMs
  let heartbeatStartMs = 0
  let heartbeatOffsetMin = 0
  let watchedMs = 0
  let activeMs = 0
  let pausedMs = 0

  function advance(wallMs: number, monotonicMs: number): void {
    const elapsedMs = monotonicMs - countedToMonotonicMs
    if (elapsedMs > 0) {
      count(Math.min(elapsedMs, limits.gapMaxMs, allowedUntilMs - countedToMonotonicMs))
      countedToMonotonicMs = monotonicMs
    }
    if (Math.abs(wallMs - cursorMs) > WALL_STRAY_MAX_MS) {
      flush()
      cursorMs = wallMs
    }
    if (watchedMs >= limits.heartbeatIntervalMs) flush()
  }

  function count(durationMs: number): void {
    let leftMs = durationMs
    while (leftMs > 0) {
      const quarterEndMs = (quarterOf(cursorMs) + 1) * QUARTER_MS
      const partMs = Math.min(leftMs, quarterEndMs - cursorMs)
      if (watchedMs === 0) {
        heartbeatStartMs = cursorMs
        heartbeatOffsetMin = utcOffsetMin(cursorMs)
      }
      watchedMs += partMs
      // A learner who pauses while the player waits for data has paused.
      if (paused) pausedMs += partMs
      else if (!buffering) activeMs += partMs
      cursorMs += partMs
      leftMs -= partMs
      lastCountedMs = cursorMs
      if (cursorMs === quarterEndMs) flush()
    }
  }

  function flush(): void {
    if (watchedMs === 0) return
    const heartbeat = { startMs: heartbeatStartMs, utcOffsetMin: heartbeatOffsetMin, watchedMs, activeMs, pausedMs }
    watchedMs = 0
    activeMs = 0
    pausedMs = 0
    onHeartbeat(heartbeat)
  }

  return {
    advance,
    flush,
    allowUntil(monotonicMs) {
      allowedUntilMs = Math.max(allowedUntilMs, monotonicMs)
    },
    setPaused(value) {
      paused = value
    },
    setBuffering(value) {
      buffering = value
    },
    counts: (monotonicMs) => monotonicMs < allowedUntilMs,
    get paused() {
      return paused
    },
    get buffering() {
      return buffering
    },
    get lastCountedMs() {
      return lastCountedMs
    },
  }
}
