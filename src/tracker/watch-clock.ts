// Keeps the time of one session: what was watched, the active and the paused part of it, cut into heartbeats. Lengths
// come from the monotonic clock and dates from the wall clock, so a wall clock that jumps moves a date and never makes
// time. No I/O and no timer: the session calls `advance` before each change of state and at each tick, and heartbeats
// go to `onHeartbeat`. States: playing, paused, buffering, and idle once nothing more is allowed to count.

import { quarterOf } from '../events/calendar.js'
import { QUARTER_MS } from '../events/time-units.js'

export interface WatchLimits {
  /** A heartbeat that covers this much is sent. */
  readonly heartbeatIntervalMs: number
  /** The most that a gap between two counts of time may count: a suspended machine, a stalled event loop. */
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
}

export class WatchClock {
  readonly #options: WatchClockOptions
  #paused: boolean
  #buffering = false
  #countedToMonotonicMs: number
  #allowedUntilMs: number
  /** The wall time of the next millisecond that counts. */
  #cursorMs: number
  #lastCountedMs: number
  #heartbeatStartMs = 0
  #heartbeatOffsetMin = 0
  #watchedMs = 0
  #activeMs = 0
  #pausedMs = 0

  constructor(options: WatchClockOptions) {
    this.#options = options
    this.#paused = options.paused
    this.#countedToMonotonicMs = options.monotonicMs
    this.#allowedUntilMs = options.monotonicMs
    this.#cursorMs = options.wallMs
    this.#lastCountedMs = options.wallMs
  }

  /** Counts up to this moment, in the state that has held since the last call. */
  advance(wallMs: number, monotonicMs: number): void {
    const { limits } = this.#options
    const elapsedMs = monotonicMs - this.#countedToMonotonicMs
    if (elapsedMs > 0) {
      this.#count(Math.min(elapsedMs, limits.gapMaxMs, this.#allowedUntilMs - this.#countedToMonotonicMs))
      this.#countedToMonotonicMs = monotonicMs
    }
    if (Math.abs(wallMs - this.#cursorMs) > WALL_STRAY_MAX_MS) {
      this.flush()
      this.#cursorMs = wallMs
    }
    if (this.#watchedMs >= limits.heartbeatIntervalMs) this.flush()
  }

  /** Time counts up to this monotonic moment. Never takes back what was allowed before. */
  allowUntil(monotonicMs: number): void {
    this.#allowedUntilMs = Math.max(this.#allowedUntilMs, monotonicMs)
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
  }

  setBuffering(buffering: boolean): void {
    this.#buffering = buffering
  }

  /** Sends the time that is counted and not yet sent. */
  flush(): void {
    if (this.#watchedMs === 0) return
    const heartbeat = {
      startMs: this.#heartbeatStartMs,
      utcOffsetMin: this.#heartbeatOffsetMin,
      watchedMs: this.#watchedMs,
      activeMs: this.#activeMs,
      pausedMs: this.#pausedMs,
    }
    this.#watchedMs = 0
    this.#activeMs = 0
    this.#pausedMs = 0
    this.#options.onHeartbeat(heartbeat)
  }

  /** Whether time would count at this moment. */
  counts(monotonicMs: number): boolean {
    return monotonicMs < this.#allowedUntilMs
  }

  get paused(): boolean {
    return this.#paused
  }

  get buffering(): boolean {
    return this.#buffering
  }

  /** Wall time of the end of what was counted last; the start when nothing was. */
  get lastCountedMs(): number {
    return this.#lastCountedMs
  }

  /** Cuts at quarter hours, because no heartbeat may cross one. */
  #count(durationMs: number): void {
    let leftMs = durationMs
    while (leftMs > 0) {
      const quarterEndMs = (quarterOf(this.#cursorMs) + 1) * QUARTER_MS
      const partMs = Math.min(leftMs, quarterEndMs - this.#cursorMs)
      this.#countPart(partMs)
      leftMs -= partMs
      if (this.#cursorMs === quarterEndMs) this.flush()
    }
  }

  #countPart(partMs: number): void {
    if (this.#watchedMs === 0) {
      this.#heartbeatStartMs = this.#cursorMs
      this.#heartbeatOffsetMin = this.#options.utcOffsetMin(this.#cursorMs)
    }
    this.#watchedMs += partMs
    // A learner who pauses while the player waits for data has paused.
    if (this.#paused) this.#pausedMs += partMs
    else if (!this.#buffering) this.#activeMs += partMs
    this.#cursorMs += partMs
    this.#lastCountedMs = this.#cursorMs
  }
}
