// Joins the changes of mpv's subtitle properties into screens: the text that is shown, with its times. Called by mpv-file.ts with each
// change of sub-text, sub-start and sub-end, in the order in which mpv sends them; pure but for one timer. The tracker decides
// what is new of a screen (src/tracker/line-repeats.ts).
// mpv sends only what changed, within a millisecond: all three for a usual cue, start and end where the next cue has the
// same text, the text alone where a seek brings the cue back. So the changes are gathered into a burst:
//   text        closes the burst before it and opens one
//   start       closes the burst before it if that has a start
//   end         closes the burst: mpv sends it last, because it is observed last
//   20 ms       close a burst to which no end came
// A closed burst is the screen as it is now.

import { withoutUndefined } from '../../events/plain-data.js'

/** The parts of a burst come within a millisecond; the shortest cue that counts lasts 100 ms. */
const BURST_MS = 20

export interface Cue {
  readonly text: string
  readonly startMs?: number
  readonly endMs?: number
}

/** The subtitle that is on the screen at the start, in seconds. Changes that were on their way still join it. */
type ScreenAtStart = Readonly<{ text?: string | undefined; start?: number | undefined; end?: number | undefined }>

export class SubtitleCues {
  readonly #onScreen: (screen: Cue) => void
  #text: string | undefined
  #startMs: number | undefined
  #endMs: number | undefined
  #burst: { hasStart: boolean; readonly timer: NodeJS.Timeout } | undefined

  constructor(now: ScreenAtStart, onScreen: (screen: Cue) => void) {
    this.#onScreen = onScreen
    this.text(now.text)
    this.#startMs = toMs(now.start)
    this.#endMs = toMs(now.end)
  }

  /** `undefined`: unavailable, as after a seek. `''`: no line now. */
  text(text: string | undefined): void {
    this.closeBurst()
    this.#text = text
    this.#openBurst()
  }

  start(seconds: number | undefined): void {
    if (this.#burst?.hasStart) this.closeBurst()
    this.#startMs = toMs(seconds)
    this.#openBurst().hasStart = true
  }

  end(seconds: number | undefined): void {
    this.#endMs = toMs(seconds)
    this.#openBurst()
    this.closeBurst()
  }

  /** Closes an open burst at once, before something that it does not belong to. */
  closeBurst(): void {
    if (this.#burst === undefined) return
    clearTimeout(this.#burst.timer)
    this.#burst = undefined
    if (this.#text === undefined || this.#text === '') return
    this.#onScreen(withoutUndefined({ text: this.#text, startMs: this.#startMs, endMs: this.#endMs }))
  }

  #openBurst() {
    this.#burst ??= { hasStart: false, timer: setTimeout(() => this.closeBurst(), BURST_MS) }
    return this.#burst
  }
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000)
}
