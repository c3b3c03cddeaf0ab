// Joins what mpv says about subtitles into lines that are new on the screen. Called by mpv-file.ts with each change of
// sub-text, sub-start and sub-end, in the order in which mpv sends them; pure but for one timer.
// mpv sends only what changed, within a millisecond: all three for a usual cue, start and end where the next cue has the
// same text, the text alone where a seek brings the cue back. So the changes are gathered into a burst:
//   text        closes the burst before it and opens one
//   start       closes the burst before it if that has a start
//   end         closes the burst: mpv sends it last, because it is observed last
//   20 ms       close a burst to which no end came
// A closed burst is what stands on the screen now; what of it did not stand there before is a line.

/** The parts of a burst come within a millisecond; the shortest cue that counts lasts 100 ms. */
const BURST_MS = 20

export interface Cue {
  readonly text: string
  readonly startMs?: number
  readonly endMs?: number
}

export interface SubtitleCues {
  /** `undefined`: unavailable, as after a seek. `''`: no line now. */
  text(text: string | undefined): void
  start(seconds: number | undefined): void
  end(seconds: number | undefined): void
  /** Closes an open burst at once, before something that it does not belong to. */
  settle(): void
  /** Another track: what stands on the screen is not known from before. */
  forget(): void
}

/** `now` is what stands on the screen at the start, in seconds; changes that were on their way still join it. */
export function createSubtitleCues(
  now: { readonly text?: string | undefined; readonly start?: number | undefined; readonly end?: number | undefined },
  onLine: (line: Cue) => void,
): SubtitleCues {
  let text = now.text
  let startMs = toMs(now.start)
  let endMs = toMs(now.end)
  /** The last screen that had a text. */
  let shown: Cue | undefined
  let burst: { start: boolean; timer: NodeJS.Timeout } | undefined
  open()

  function open() {
    burst ??= { start: false, timer: setTimeout(close, BURST_MS) }
    return burst
  }

  function close() {
    if (burst === undefined) return
    clearTimeout(burst.timer)
    burst = undefined
    if (text === undefined || text === '') return
    const screen: Cue = {
      text,
      ...(startMs === undefined ? {} : { startMs }),
      ...(endMs === undefined ? {} : { endMs }),
    }
    const line = newLine(shown, screen)
    shown = screen
    if (line !== undefined) onLine(line)
  }

  return {
    text(next) {
      close()
      text = next
      open()
    },
    start(seconds) {
      if (burst?.start) close()
      startMs = toMs(seconds)
      open().start = true
    },
    end(seconds) {
      endMs = toMs(seconds)
      open()
      close()
    },
    settle: close,
    forget() {
      shown = undefined
    },
  }
}

/**
 * What of a screen is new. A cue is known by its start and its text: the same text with another start is said again. Cues
 * that overlap stand on the screen together, the new one below or above the old one; then only what was added is new,
 * and nothing is when one of them goes.
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
  // The screen's times are those of the old cue; when the new one began and ends is not said.
  return added.length === 0 ? undefined : { text: added.join('\n') }
}

/** The screen's start is that of its oldest cue, so one that begins before the screen before it ends shares a cue with it. */
function overlap(before: Cue, now: Cue): boolean {
  if (before.startMs === undefined || before.endMs === undefined || now.startMs === undefined) return false
  return now.startMs >= before.startMs && now.startMs < before.endMs
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000)
}
