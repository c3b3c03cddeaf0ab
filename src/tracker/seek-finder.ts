// Finds seeks in reported positions, for hosts that do not report the seeks themselves, and keeps a seek that is both
// reported and visible in the positions from counting twice. One per session, without I/O or clock. Positions are
// milliseconds in the video; moments are of the monotonic clock.

/**
 * A position this far from where playback would be is a seek. It is above one second, because players report once a
 * second and a stalled event loop delivers late; it is below the 5 s of the shortest seek keys that players have.
 */
export const SEEK_THRESHOLD_MS = 1_500

/** Playback never runs backwards, but a stale position may arrive after a newer one, off by a few frames. */
const BACKWARD_JITTER_MS = 250

/**
 * After a reported seek, positions from before it may still arrive, and a player may land on a key frame beside the
 * target. Until a position fits the target, or for this long, positions show no seek. The same span joins a seek that
 * positions showed first with its report.
 */
const CONFIRM_WITHIN_MS = 2_000

export class SeekFinder {
  readonly #infer: boolean
  #isMoving: boolean
  /** The last position known and when; from there it moves on at #speed while #isMoving. */
  #knownMs: number | null = null
  #knownAtMs = 0
  /** The last position that was reported. Playback cannot fall behind it. */
  #reportedMs = 0
  #speed = 1
  /** Set by a reported seek until a position has confirmed it. */
  #confirmUntilMs: number | null = null
  #foundAtMs = Number.NEGATIVE_INFINITY

  /** With `infer` false, positions are only remembered, and every reported seek counts. */
  constructor(isMoving: boolean, infer: boolean) {
    this.#isMoving = isMoving
    this.#infer = infer
  }

  /** Answers where the seek came from, or null where the position is what playback leads to. */
  position(positionMs: number, speed: number, monotonicMs: number): number | null {
    const slowMs = this.expectedMs(monotonicMs, Math.min(speed, this.#speed))
    const fastMs = this.expectedMs(monotonicMs, Math.max(speed, this.#speed))
    const before = this.#reportedMs
    const forward = fastMs !== null && positionMs - fastMs > SEEK_THRESHOLD_MS
    const awaited = this.#confirmUntilMs
    if (this.#infer && awaited !== null) {
      const fits = !forward && slowMs !== null && slowMs - positionMs <= SEEK_THRESHOLD_MS
      if (!fits && monotonicMs < awaited) return null
      this.#confirmUntilMs = null
    }
    this.#speed = speed
    this.#reportedMs = positionMs
    this.#anchor(positionMs, monotonicMs)
    if (!this.#infer || awaited !== null || slowMs === null || fastMs === null) return null
    // A player that stalls without saying so falls behind what is expected, yet never behind where it has been.
    const backward = slowMs - positionMs > SEEK_THRESHOLD_MS && positionMs < before - BACKWARD_JITTER_MS
    if (!forward && !backward) return null
    this.#foundAtMs = monotonicMs
    return forward ? fastMs : slowMs
  }

  /** A seek that the host reports. False when positions have shown it already. */
  reported(toMs: number, monotonicMs: number): boolean {
    const expected = this.expectedMs(monotonicMs)
    const sinceFoundMs = monotonicMs - this.#foundAtMs
    const seen =
      sinceFoundMs < CONFIRM_WITHIN_MS &&
      expected !== null &&
      Math.abs(toMs - expected) <= SEEK_THRESHOLD_MS + sinceFoundMs * this.#speed
    this.#foundAtMs = Number.NEGATIVE_INFINITY
    this.#confirmUntilMs = monotonicMs + CONFIRM_WITHIN_MS
    this.#reportedMs = toMs
    this.#anchor(toMs, monotonicMs)
    return !seen
  }

  /** Playback stopped or goes on: pause, resume, buffering. */
  setMoving(isMoving: boolean, monotonicMs: number): void {
    const expected = this.expectedMs(monotonicMs)
    if (expected !== null) this.#anchor(expected, monotonicMs)
    this.#isMoving = isMoving
  }

  /** The position that playback leads to now; null before the first position. */
  expectedMs(monotonicMs: number, speed = this.#speed): number | null {
    if (this.#knownMs === null || !this.#isMoving) return this.#knownMs
    return this.#knownMs + Math.max(0, monotonicMs - this.#knownAtMs) * speed
  }

  #anchor(positionMs: number, monotonicMs: number): void {
    this.#knownMs = positionMs
    this.#knownAtMs = monotonicMs
  }
}
