// Keeps the time of one session: the watched time, its active and its paused part, cut into heartbeats. Lengths
// come from the monotonic clock and dates from the wall clock, so a wall clock that jumps moves a date and never makes
// time. No I/O and no timer: the session calls `advance` before each change of state and at each tick, and heartbeats
// go to `onHeartbeat`. States: playing, paused, buffering, and idle once nothing more is allowed to count. Idle time goes to
// `onIdle` at the end of each quarter hour, when time counts again, and at the end of the session. More frequent reports
// would make the session of an absent learner look active.

import { quarterOf } from '../events/calendar.js'
import { QUARTER_MS } from '../events/time-units.js'

export interface WatchLimits {
  /** A heartbeat that covers this much is sent. */
  readonly heartbeatIntervalMs: number
  /** The most that a gap between two calls of `advance` may count: a suspended machine, a stalled event loop. */
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
 * The most that the wall clock may differ from the counted time before heartbeats are dated by it again. Smaller
 * differences are rounding and slewing. Ignoring them keeps heartbeats end to end, so that no quarter hour holds more
 * than fits in it.
 */
const WALL_STRAY_MAX_MS = 1_000

export interface WatchClockOptions {
  readonly wallMs: number
  readonly monotonicMs: number
  readonly paused: boolean
  readonly limits: WatchLimits
  readonly utcOffsetMin: (epochMs: number) => number
  readonly onHeartbeat: (heartbeat: Heartbeat) => void
  /** Idle time from `startMs` on, within one quarter hour and one offset. Null: idle time is not counted. */
  readonly onIdle: ((startMs: number, idleMs: number) => void) | null
}

export class WatchClock {
  readonly #options: WatchClockOptions
  paused: boolean
  buffering = false
  /** Wall time at which watched time was last counted; the start when none was. */
  lastCountedMs: number
  #countedToMonotonicMs: number
  #allowedUntilMs: number
  /** The wall time of the next millisecond that counts. */
  #cursorMs: number
  /** Time that is counted and not yet sent. */
  #heartbeat: { -readonly [Name in keyof Heartbeat]: Heartbeat[Name] } | null = null
  #idle: { readonly startMs: number; idleMs: number } | null = null

  constructor(options: WatchClockOptions) {
    this.#options = options
    this.paused = options.paused
    this.#countedToMonotonicMs = options.monotonicMs
    this.#allowedUntilMs = options.monotonicMs
    this.#cursorMs = options.wallMs
    this.lastCountedMs = options.wallMs
  }

  /** Counts up to this moment, in the state that has held since the last call. */
  advance(wallMs: number, monotonicMs: number): void {
    const { limits } = this.#options
    const elapsedMs = monotonicMs - this.#countedToMonotonicMs
    if (elapsedMs > 0) {
      const spanMs = Math.min(elapsedMs, limits.gapMaxMs)
      const allowedMs = Math.max(0, Math.min(spanMs, this.#allowedUntilMs - this.#countedToMonotonicMs))
      this.#count(allowedMs, false)
      if (this.#options.onIdle !== null) this.#count(spanMs - allowedMs, true)
      this.#countedToMonotonicMs = monotonicMs
    }
    if (Math.abs(wallMs - this.#cursorMs) > WALL_STRAY_MAX_MS) {
      this.flush()
      this.#cursorMs = wallMs
    }
    if (this.#heartbeat !== null && this.#heartbeat.watchedMs >= limits.heartbeatIntervalMs) this.flush()
  }

  /** Time counts up to this monotonic moment. Never takes back what was allowed before. Idle time ends. */
  allowUntil(monotonicMs: number): void {
    this.flushIdle()
    this.#allowedUntilMs = Math.max(this.#allowedUntilMs, monotonicMs)
  }

  /** Sends the watched time that is not yet sent. */
  flush(): void {
    const heartbeat = this.#heartbeat
    this.#heartbeat = null
    if (heartbeat !== null) this.#options.onHeartbeat(heartbeat)
  }

  /** Sends the idle time that is not yet sent. */
  flushIdle(): void {
    const idle = this.#idle
    this.#idle = null
    if (idle !== null) this.#options.onIdle?.(idle.startMs, idle.idleMs)
  }

  /** Whether time would count at this moment, as watched or as idle. */
  counts(monotonicMs: number): boolean {
    return this.#options.onIdle !== null || monotonicMs < this.#allowedUntilMs
  }

  /** Cuts at quarter hours, because no heartbeat may cross one. */
  #count(durationMs: number, isIdle: boolean): void {
    // The watched time before idle time comes first, so that heartbeats are sent in the order of time.
    if (isIdle && durationMs > 0) this.flush()
    for (let leftMs = durationMs; leftMs > 0; ) {
      const roomMs = msToQuarterEnd(this.#cursorMs)
      const partMs = Math.min(leftMs, roomMs)
      if (isIdle) this.#countIdle(partMs)
      else this.#countWatched(partMs)
      leftMs -= partMs
      if (partMs < roomMs) return
      this.flush()
      this.flushIdle()
    }
  }

  /** A wall clock that jumped into another quarter hour ends the part before it. */
  #countIdle(partMs: number): void {
    if (this.#idle !== null && quarterOf(this.#idle.startMs) !== quarterOf(this.#cursorMs)) this.flushIdle()
    this.#idle ??= { startMs: this.#cursorMs, idleMs: 0 }
    this.#idle.idleMs += partMs
    this.#cursorMs += partMs
  }

  #countWatched(partMs: number): void {
    this.#heartbeat ??= {
      ...{ startMs: this.#cursorMs, utcOffsetMin: this.#options.utcOffsetMin(this.#cursorMs) },
      ...{ watchedMs: 0, activeMs: 0, pausedMs: 0 },
    }
    this.#heartbeat.watchedMs += partMs
    // A learner who pauses while the player waits for data has paused.
    if (this.paused) this.#heartbeat.pausedMs += partMs
    else if (!this.buffering) this.#heartbeat.activeMs += partMs
    this.#cursorMs += partMs
    this.lastCountedMs = this.#cursorMs
  }
}

function msToQuarterEnd(epochMs: number): number {
  return (quarterOf(epochMs) + 1) * QUARTER_MS - epochMs
}
