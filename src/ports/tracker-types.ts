// The calls that a player makes: plain, synchronous, a microsecond each. None of them throws for a storage cause or
// waits for storage; a wrong argument is counted and reported by diagnostics, and the call does nothing.

import type { SparseMeasures } from '../events/measures.js'
import type { EndReason, OpenType, SessionFacts, VideoFacts } from '../events/types.js'

export interface SessionStart extends SessionFacts {
  /** What is watched: `local:<path>`, `remote:<url>`, `hash:<sha256>`, or any stable text. */
  readonly videoKey: string
  readonly video?: VideoFacts
  /**
   * How active time is known. `playback` (default): the host reports pause, resume, seek and buffering, and time counts
   * while it plays. `reading`: only lines are reported (a text feed); each line allows reading time that grows with its
   * length, up to 120 s.
   */
  readonly mode?: 'playback' | 'reading'
  /** True when the player is paused at the start. Default false. */
  readonly paused?: boolean
  /** False for a host that reports each seek itself; then positions never become seeks. Default true. */
  readonly inferSeeks?: boolean
}

export interface SubtitleLine {
  readonly text: string
  /** Cue times in the video, ms. The same cue twice in a row, and frames under 100 ms, count once. */
  readonly startMs?: number
  readonly endMs?: number
  /** Counts that the caller has worked out; left out, chars and words are counted for it, off its thread. */
  readonly chars?: number
  readonly words?: number
  /** What the caller's own tokenizer counted, and its name. */
  readonly tokens?: number
  readonly tokenizer?: string
}

export interface TrackedSession {
  /** UUID version 7; also the id of its stream. */
  readonly sessionId: string
  /**
   * False once it has ended, by `end` or, in `reading`, by itself 30 minutes after its last line; and from the start
   * where it was refused. A text feed asks before each line and opens another session where it is false.
   */
  readonly isOpen: boolean
  line(line: SubtitleLine): void
  lookup(lookup?: { readonly term?: string; readonly dictionary?: string; readonly hit?: boolean }): void
  card(card?: { readonly count?: number; readonly noteIds?: readonly number[] }): void
  pause(positionMs?: number): void
  resume(positionMs?: number): void
  seek(fromMs: number, toMs: number): void
  /** True when the player waits for data, false when it goes on. */
  buffering(waiting: boolean): void
  /** Where the video is, as often as the host likes. `speed` is the playback rate, default 1. */
  position(positionMs: number, speed?: number): void
  /** Metadata, as soon as it is known; later calls win field by field. */
  describeVideo(video: VideoFacts): void
  /** Facts of the session that are found out later, such as its language. */
  describe(facts: SessionFacts): void
  /** A sign of the learner: a key, a pointer. Ends idleness. */
  presence(): void
  /** An event of another program, under `x.`. */
  record(type: OpenType, payload?: Readonly<Record<string, unknown>>, measures?: SparseMeasures): void
  /** Later calls on this session do nothing. */
  end(reason?: EndReason): void
}

export interface Tracker {
  /**
   * Opens a session. Where admission refuses it (QUEUE_FULL), the handle works and records nothing; diagnostics says so.
   * The same where the arguments are not allowed; its sessionId is then empty.
   */
  startSession(start: SessionStart): TrackedSession
  /** Sessions that are open now. */
  readonly openSessions: readonly TrackedSession[]
}

/**
 * What admission says of an event. `refused` is said of a session's start for which there is no room (QUEUE_FULL), and of
 * everything once the store is closed; `dropped` of detail that the overflow policy gives up on arrival.
 */
export type AdmissionAnswer = 'admitted' | 'dropped' | 'refused'
