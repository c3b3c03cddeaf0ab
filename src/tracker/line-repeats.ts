// Decides what is new of the text that a player shows, for mpv, feeds and every program that embeds the library. Players clear
// and send the same cue again after a seek, feeds echo, captions roll, and typeset or karaoke subtitles are drawn as frames
// of a few hundredths of a second. One per session; called for every line, so it compares and allocates little.

import { readText, stripMarkup } from '../events/read-text.js'

/** A text that is on screen for less is a frame of an animation; nobody reads it by itself. */
export const SHORT_FRAME_MS = 100

/** A cue that begins this long after another ended, or sooner, goes on with it. */
const ADJOINING_MS = 100

/**
 * Without cue times, the same text again within this is an echo: feeds poll the clipboard once or twice a second, and
 * nobody reads a line and reaches an identical one within this time.
 */
export const ECHO_WINDOW_MS = 2_000

/** The rows on the screen, and the cues that brought them, one after the other. */
interface Screen {
  readonly rows: readonly string[]
  readonly startMs: number | undefined
  readonly endMs: number | undefined
  /** Monotonic moment of its last report. */
  readonly reportedAtMs: number
}

/**
 * Returns the part of a shown text that counts as a line: all of it, the rows that are new, or null. Rows are compared as they are
 * read, without markup and speakers' names. These do not count:
 * - rows that were on the screen already, where the cue begins within the cue before it, or within ADJOINING_MS after its end: a
 *   cue whose words are highlighted one by one, a rolling caption, a cue that overlaps another;
 * - the cue that counted last, by (start, text), however often and however much later it is reported;
 * - without cue times, the text that counted last, within ECHO_WINDOW_MS of its last report;
 * - a short frame, until frames with the same text, one after the other, have been on screen for SHORT_FRAME_MS: then the
 *   text counts once. Single short frames never count;
 * - a drawing, and a text of nothing but markup.
 * The same cue counts again once another line has counted in between: the learner went back and watched it again.
 */
export function createLineRepeats(): (
  text: string,
  startMs: number | undefined,
  endMs: number | undefined,
  monotonicMs: number,
) => string | null {
  /** What counted last, or went on since. Frames that did not count leave it in place. */
  let shown: Screen | null = null
  /** The run of frames that is not yet long enough to count. */
  let frames: Screen | null = null

  return (text, startMs, endMs, monotonicMs) => {
    const rows = rowsOf(text)
    if (rows.length === 0) return null
    const now: Screen = { rows, startMs, endMs, reportedAtMs: monotonicMs }
    const added = shown === null ? rows : addedRows(shown, now)
    if (added.length === 0) {
      shown = extended(shown ?? now, now)
      return null
    }
    const counts = added.length === rows.length ? text : textOf(added, rows, text)
    if (startMs === undefined || endMs === undefined || endMs - startMs >= SHORT_FRAME_MS) {
      shown = now
      frames = null
      return counts
    }
    const goesOn = frames !== null && sameRows(frames.rows, rows) && adjoins(frames, startMs)
    frames = goesOn ? extended(frames as Screen, now) : now
    if ((frames.endMs ?? 0) - (frames.startMs ?? 0) < SHORT_FRAME_MS) return null
    shown = frames
    frames = null
    return counts
  }
}

/** Without what is not read, as long as anything is left: a description of a sound is a row, too. */
function rowsOf(text: string): readonly string[] {
  const read = linesOf(readText(text))
  return read.length > 0 ? read : linesOf(stripMarkup(text))
}

/** The added rows as they came, where each row of the text is one that is read. */
function textOf(added: readonly string[], rows: readonly string[], text: string): string {
  const given = linesOf(text)
  if (given.length !== rows.length) return added.join('\n')
  return added.map((row) => given[rows.lastIndexOf(row)]).join('\n')
}

function linesOf(text: string): readonly string[] {
  if (!text.includes('\n')) return text.trim() === '' ? [] : [text.trim()]
  return text.split('\n').flatMap((row) => (row.trim() === '' ? [] : [row.trim()]))
}

function addedRows(shown: Screen, now: Screen): readonly string[] {
  const { rows, startMs, reportedAtMs } = now
  if (startMs === undefined || shown.startMs === undefined) {
    const isEcho = sameRows(shown.rows, rows) && reportedAtMs - shown.reportedAtMs <= ECHO_WINDOW_MS
    return isEcho ? [] : rows
  }
  if (startMs === shown.startMs && sameRows(shown.rows, rows)) return []
  if (!adjoins(shown, startMs)) return rows
  const old = [...shown.rows]
  return rows.filter((row) => {
    const index = old.indexOf(row)
    if (index !== -1) old.splice(index, 1)
    return index === -1
  })
}

/** Begins within the cue or run, or no longer after it than ADJOINING_MS. */
function adjoins(screen: Screen, startMs: number): boolean {
  const fromMs = screen.startMs ?? startMs
  return startMs >= fromMs && startMs <= (screen.endMs ?? fromMs) + ADJOINING_MS
}

/** `now` shows the same, or what is left of it. */
function extended(before: Screen, now: Screen): Screen {
  const endMs = Math.max(before.endMs ?? Number.NEGATIVE_INFINITY, now.endMs ?? Number.NEGATIVE_INFINITY)
  return { ...now, startMs: before.startMs, endMs: Number.isFinite(endMs) ? endMs : undefined }
}

function sameRows(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((row, index) => row === right[index])
}
