// The position of a video between two answers of mpv: the last known one, moved on with the clock while it plays. One per
// file; mpv-file.ts anchors it again whenever playback stops, goes on, or changes its speed.

export class PositionClock {
  readonly #monotonicMs: () => number
  #positionMs = 0
  #atMs: number
  #speed = 0

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#atMs = monotonicMs()
  }

  /** Milliseconds in the video, an integer. */
  now(): number {
    return Math.round(this.#positionMs + (this.#monotonicMs() - this.#atMs) * this.#speed)
  }

  /** From here on the video moves at `speed`, which is 0 while it does not play. Without `seconds`, it is where it is. */
  anchor(seconds: number | undefined, speed: number): void {
    this.#positionMs = seconds === undefined ? this.now() : seconds * 1000
    this.#atMs = this.#monotonicMs()
    this.#speed = speed
  }
}
