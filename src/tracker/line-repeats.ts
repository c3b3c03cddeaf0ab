// Decides whether a reported line is new, or the same line reported again. Players clear and send the same
// cue again after a seek, feeds echo, and typeset or karaoke subtitles are drawn as frames of a few hundredths of a
// second. One per session; called for every line, so it compares and allocates next to nothing.

/** A text that is on screen for less is a frame of an animation; nobody reads it by itself. */
export const SHORT_FRAME_MS = 100

/**
 * Without cue times, the same text again within this is an echo: feeds poll the clipboard once or twice a second, and
 * nobody reads a line and reaches an identical one within this time.
 */
export const ECHO_WINDOW_MS = 2_000

interface Cue {
  readonly text: string
  readonly startMs: number | undefined
  /** Where it, or the run of frames with its text, ends. */
  endMs: number | undefined
  /** True for a run of short frames. */
  readonly frames: boolean
  /** Monotonic moment of its last report. */
  reportedAtMs: number
}

/**
 * Answers whether the line counts. It does not when it is
 * - the cue that counted last, by (start, text), however often and however much later it is reported;
 * - without cue times, the text that counted last, within ECHO_WINDOW_MS of its last report;
 * - a short frame, until frames with the same text, one after the other, have been on screen for SHORT_FRAME_MS: then
 *   the text counts once. Single short frames never count;
 * - frames that fade the cue that counted last in or out, with the same text and no pause between.
 * The same cue counts again once another line has counted in between: the learner went back and watched it again.
 */
export function createLineRepeats(): (
  text: string,
  startMs: number | undefined,
  endMs: number | undefined,
  monotonicMs: number,
) => boolean {
  /** The line that counted last. Frames that did not count leave it in place. */
  let shown: Cue | null = null
  /** The run of frames that is not yet long enough to count. */
  let frames: Cue | null = null

  return (text, startMs, endMs, monotonicMs) => {
    const short = startMs !== undefined && endMs !== undefined && endMs - startMs < SHORT_FRAME_MS
    if (shown !== null && shown.text === text && repeats(shown, startMs, short, monotonicMs)) {
      extend(shown, endMs, monotonicMs)
      return false
    }
    if (!short) {
      shown = { text, startMs, endMs, frames: false, reportedAtMs: monotonicMs }
      frames = null
      return true
    }
    if (frames === null || frames.text !== text || !adjoins(frames, startMs)) {
      frames = { text, startMs, endMs, frames: true, reportedAtMs: monotonicMs }
      return false
    }
    extend(frames, endMs, monotonicMs)
    if ((frames.endMs ?? 0) - (frames.startMs ?? 0) < SHORT_FRAME_MS) return false
    shown = frames
    frames = null
    return true
  }
}

function repeats(shown: Cue, startMs: number | undefined, short: boolean, monotonicMs: number): boolean {
  if (startMs === undefined || shown.startMs === undefined) return monotonicMs - shown.reportedAtMs <= ECHO_WINDOW_MS
  if (startMs === shown.startMs) return true
  return (short || shown.frames) && adjoins(shown, startMs)
}

/** Begins within the cue or run, or no longer after it than a frame lasts. */
function adjoins(cue: Cue, startMs: number): boolean {
  const fromMs = cue.startMs ?? startMs
  return startMs >= fromMs && startMs <= (cue.endMs ?? fromMs) + SHORT_FRAME_MS
}

function extend(cue: Cue, endMs: number | undefined, monotonicMs: number): void {
  cue.reportedAtMs = monotonicMs
  if (endMs !== undefined && (cue.endMs === undefined || endMs > cue.endMs)) cue.endMs = endMs
}
