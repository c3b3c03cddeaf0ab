// Joins the changes of mpv's subtitle properties into lines that are new on the screen. Called by mpv-file.ts with each change of
// sub-text, sub-start and sub-end, in the order in which mpv sends them; pure but for one timer.
// mpv sends only what changed, within a millisecond: all three for a usual cue, start and end where the next cue has the
// same text, the text alone where a seek brings the cue back. So the changes are gathered into a burst:
//   text        closes the burst before it and opens one
//   start       closes the burst before it if that has a start
//   end         closes the burst: mpv sends it last, because it is observed last
//   20 ms       close a burst to which no end came
// A closed burst is the screen as it is now; the part of it that was not there before is a line.

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
  readonly #onLine: (line: Cue) => void
  #text: string | undefined
  #startMs: number | undefined
  #endMs: number | undefined
  /** The last screen that had a text. */
  #shown: Cue | undefined
  #burst: { hasStart: boolean; readonly timer: NodeJS.Timeout } | undefined

  constructor(now: ScreenAtStart, onLine: (line: Cue) => void) {
    this.#onLine = onLine
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
    const screen: Cue = withoutUndefined({ text: this.#text, startMs: this.#startMs, endMs: this.#endMs })
    const line = newLine(this.#shown, screen)
    this.#shown = screen
    if (line !== undefined) this.#onLine(line)
  }

  /** Another track: its first screen is new, even with the text that was shown before. */
  forget(): void {
    this.#shown = undefined
  }

  #openBurst() {
    this.#burst ??= { hasStart: false, timer: setTimeout(() => this.closeBurst(), BURST_MS) }
    return this.#burst
  }
}

/**
 * The part of a screen that is new. A cue is known by its start and its text: the same text with another start is spoken
 * again. Cues that overlap stand on the screen together, the new one below or above the old one. Then only the added rows
 * are new, and nothing is when one of the cues goes.
 */
function newLine(before: Cue | undefined, now: Cue): Cue | undefined {
  if (before === undefined) return now
  if (before.text === now.text && before.startMs === now.startMs) return undefined
  if (!overlap(before, now)) return now
  const old = before.text.split('\n')
  const added = now.text.split('\n').filter((row) => {
    const index = old.indexOf(row)
    if (index !== -1) old.splice(index, 1)
    return index === -1
  })
  // The screen's times are those of the old cue; those of the new one are unknown.
  return added.length === 0 ? undefined : { text: added.join('\n') }
}

/** A screen starts with its oldest cue, so a screen that starts before the previous one ends shares a cue with it. */
function overlap(before: Cue, now: Cue): boolean {
  if (before.startMs === undefined || before.endMs === undefined || now.startMs === undefined) return false
  return now.startMs >= before.startMs && now.startMs < before.endMs
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000)
}
