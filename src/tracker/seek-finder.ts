// Finds seeks in reported positions, for hosts that do not report the seeks themselves, and keeps one that is reported
// and also seen in the positions from counting twice. One per session; pure but for what it remembers. Positions are
// milliseconds in the video, moments are of the monotonic clock.

/**
 * A position this far from where playback would be is a seek. Above it, because players report once a second and a
 * stalled event loop delivers late; below it, because the shortest seek keys that players have by default move 5 s.
 */
export const SEEK_THRESHOLD_MS = 1_500

/** Playback never runs backwards, but a stale position may arrive after a newer one, off by a few frames. */
const BACKWARD_JITTER_MS = 250

/**
 * After a reported seek, positions from before it may still arrive, and a player may land on a key frame beside the
 * target: until a position fits the target, or for this long, positions tell of no seek. The same span joins a seek that
 * positions showed first with its report.
 */
const SEEK_SETTLES_MS = 2_000

export interface SeekFinder {
  /** Answers where the seek came from, or null where the position is what playback leads to. */
  position(positionMs: number, speed: number, monotonicMs: number): number | null
  /** A seek the host reports. False when positions have shown it already. */
  reported(toMs: number, monotonicMs: number): boolean
  /** Playback stopped or goes on: pause, resume, buffering. */
  setMoving(moving: boolean, monotonicMs: number): void
  /** Where the video should be now; null before the first position. */
  expectedMs(monotonicMs: number): number | null
}

/** With `infer` false positions are only remembered, and every reported seek is one. */
export function createSeekFinder(moving: boolean, infer: boolean): SeekFinder {
  /** The last position known and when; in between it moves on at `speed` while `isMoving`. */
  let knownMs: number | null = null
  let knownAtMs = 0
  /** The last position a report gave, which playback cannot fall behind. */
  let reportedMs = 0
  let currentSpeed = 1
  let isMoving = moving
  /** Set by a reported seek until a position has confirmed it. */
  let settlesAtMs: number | null = null
  let foundAtMs = Number.NEGATIVE_INFINITY

  function expectedAt(monotonicMs: number, speed: number): number | null {
    if (knownMs === null || !isMoving) return knownMs
    return knownMs + Math.max(0, monotonicMs - knownAtMs) * speed
  }

  function anchor(positionMs: number, monotonicMs: number): void {
    knownMs = positionMs
    knownAtMs = monotonicMs
  }

  return {
    position(positionMs, speed, monotonicMs) {
      const slowMs = expectedAt(monotonicMs, Math.min(speed, currentSpeed))
      const fastMs = expectedAt(monotonicMs, Math.max(speed, currentSpeed))
      const before = reportedMs
      const forward = fastMs !== null && positionMs - fastMs > SEEK_THRESHOLD_MS
      const settling = settlesAtMs !== null
      if (infer && settlesAtMs !== null) {
        const fits = !forward && slowMs !== null && slowMs - positionMs <= SEEK_THRESHOLD_MS
        if (!fits && monotonicMs < settlesAtMs) return null
        settlesAtMs = null
      }
      currentSpeed = speed
      reportedMs = positionMs
      anchor(positionMs, monotonicMs)
      if (!infer || settling || slowMs === null || fastMs === null) return null
      // A player that stalls without saying so falls behind what is expected, yet never behind where it has been.
      const backward = slowMs - positionMs > SEEK_THRESHOLD_MS && positionMs < before - BACKWARD_JITTER_MS
      if (!forward && !backward) return null
      foundAtMs = monotonicMs
      return forward ? fastMs : slowMs
    },
    reported(toMs, monotonicMs) {
      const expected = expectedAt(monotonicMs, currentSpeed)
      const seen =
        monotonicMs - foundAtMs < SEEK_SETTLES_MS &&
        expected !== null &&
        Math.abs(toMs - expected) <= SEEK_THRESHOLD_MS + (monotonicMs - foundAtMs) * currentSpeed
      foundAtMs = Number.NEGATIVE_INFINITY
      settlesAtMs = monotonicMs + SEEK_SETTLES_MS
      reportedMs = toMs
      anchor(toMs, monotonicMs)
      return !seen
    },
    setMoving(next, monotonicMs) {
      const expected = expectedAt(monotonicMs, currentSpeed)
      if (expected !== null) anchor(expected, monotonicMs)
      isMoving = next
    },
    expectedMs: (monotonicMs) => expectedAt(monotonicMs, currentSpeed),
  }
}
