// A tracker that only records the calls of a player's connection, and which of the lines the tracker would count.

import type { SessionStart, SubtitleLine, TrackedSession, Tracker } from '../../src/ports/tracker-types.js'
import { createLineRepeats } from '../../src/tracker/line-repeats.js'

export interface RecordedSession {
  readonly start: SessionStart
  /** Name and arguments, in order. Positions are left out, because their number depends on time. */
  readonly calls: readonly { readonly call: string; readonly args: readonly unknown[] }[]
  readonly positionsMs: readonly number[]
  /** What counts of the texts that were reported. */
  lines(): readonly string[]
  lineCalls(): readonly SubtitleLine[]
  count(call: string): number
  /** The reason of the end; undefined while the session is open. */
  ended(): string | undefined
}

export interface RecordingTracker extends Tracker {
  readonly sessions: readonly RecordedSession[]
  /** Makes the next session closed from the start, as when the queue is full. */
  refuseNext(): void
}

export function recordingTracker(): RecordingTracker {
  const sessions: RecordedSession[] = []
  let refusing = false
  return {
    sessions,
    refuseNext() {
      refusing = true
    },
    openSessions: [],
    startSession(start) {
      const { recorded, tracked } = recordSession(start, `session-${sessions.length + 1}`)
      sessions.push(recorded)
      const refused = refusing
      refusing = false
      return refused ? Object.defineProperty(tracked, 'isOpen', { value: false }) : tracked
    },
  }
}

function recordSession(start: SessionStart, sessionId: string): { recorded: RecordedSession; tracked: TrackedSession } {
  const calls: { call: string; args: readonly unknown[] }[] = []
  const lineCalls: SubtitleLine[] = []
  const lines: string[] = []
  const newText = createLineRepeats()
  const positionsMs: number[] = []
  let ended: string | undefined
  const record =
    (call: string) =>
    (...args: readonly unknown[]) => {
      if (ended === undefined) calls.push({ call, args })
    }
  const tracked: TrackedSession = {
    sessionId,
    get isOpen() {
      return ended === undefined
    },
    line(line) {
      lineCalls.push(line)
      const text = newText(line.text, line.startMs, line.endMs, performance.now())
      if (text !== null) lines.push(text)
      record('line')(line)
    },
    lookup: record('lookup'),
    card: record('card'),
    pause: record('pause'),
    resume: record('resume'),
    seek: record('seek'),
    speed: record('speed'),
    buffering: record('buffering'),
    position(positionMs) {
      positionsMs.push(positionMs)
    },
    describeVideo: record('describeVideo'),
    describe: record('describe'),
    presence: record('presence'),
    record: record('record'),
    end(reason = 'stopped') {
      record('end')(reason)
      ended ??= reason
    },
  }
  const recorded: RecordedSession = {
    start,
    calls,
    positionsMs,
    lines: () => lines,
    lineCalls: () => lineCalls,
    count: (call) => calls.filter((made) => made.call === call).length,
    ended: () => ended,
  }
  return { recorded, tracked }
}
