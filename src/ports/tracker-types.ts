// The calls that a player makes: plain, synchronous, a microsecond each. None of them throws for a storage cause or
// waits for storage; a wrong argument is counted and reported by diagnostics, and the call does nothing.

import type { SparseMeasures } from '../events/measures.js'
import type { EndReason, OpenType, SessionFacts, VideoFacts } from '../events/types.js'

export interface SessionStart extends SessionFacts {
  /** Key of the video: `local:<path>`, `remote:<url>`, `hash:<sha256>`, or any stable text. Over 512 bytes it is hashed. */
  readonly videoKey: string
  /** Metadata that is known at the start. Default none; `describeVideo` adds more. */
  readonly video?: VideoFacts
  /**
   * How active time is known. `playback` (default): the host reports pause, resume, seek and buffering, and time counts
   * while it plays. `reading`: only lines are reported (a text feed); each line allows reading time that grows with its
   * length, up to 120 s.
   */
  readonly mode?: 'playback' | 'reading'
  /** Whether the player is paused at the start. Default false. */
  readonly paused?: boolean
  /** False for a host that reports each seek itself; then positions never become seeks. Default true. */
  readonly inferSeeks?: boolean
}

export interface SubtitleLine {
  /** The text as it is shown. An empty text says that no line is shown now, and is not recorded. */
  readonly text: string
  /**
   * Start of the cue in the video, in milliseconds, ±36,000,000,000; a fraction is rounded. The same cue twice in a row, and
   * frames under 100 ms, count once. Default: unknown; then the same text within 2 s counts once.
   */
  readonly startMs?: number
  /** End of the cue in the video, in milliseconds, with the range of `startMs`. Default: unknown. */
  readonly endMs?: number
  /** Letters and digits that the caller has counted, 0 to 1,000,000,000. Default: counted for it, off its thread. */
  readonly chars?: number
  /** Words that the caller has counted, 0 to 1,000,000,000. Default: counted for it, off its thread. */
  readonly words?: number
  /** Tokens that the caller's own tokenizer has counted, 0 to 1,000,000,000. Default 0. */
  readonly tokens?: number
  /** Name of that tokenizer. Default: none is recorded. */
  readonly tokenizer?: string
}

export interface TrackedSession {
  /** UUID version 7; also the id of its stream. Empty where the start was refused for its arguments. */
  readonly sessionId: string
  /**
   * False once the session has ended, or if it was refused at its start. In `reading` it ends by itself 30 minutes after
   * its last line, so a text feed checks this before each line and opens another session if it is false.
   */
  readonly isOpen: boolean
  /** A line that is shown now. In `reading` it also allows the time in which it may be read. */
  line(line: SubtitleLine): void
  /** A word that is looked up now. `term` and `dictionary` default to unknown, `hit` (something was found) to false. */
  lookup(lookup?: { readonly term?: string; readonly dictionary?: string; readonly hit?: boolean }): void
  /** Cards that are made now. `noteIds` has at most 1,000 ids; `count` defaults to their number, or to 1 without them. */
  card(card?: { readonly count?: number; readonly noteIds?: readonly number[] }): void
  /** Playback pauses, at this position in milliseconds. Default: the position is unknown. */
  pause(positionMs?: number): void
  /** Playback goes on after a pause, at this position in milliseconds. Default: the position is unknown. */
  resume(positionMs?: number): void
  /** The position jumps; both ends in milliseconds, ±36,000,000,000. */
  seek(fromMs: number, toMs: number): void
  /**
   * The playback speed becomes 0 to 1,000; a session begins at 1, and a speed that it has already is not recorded. This is no
   * sign of the learner, because scripts of a player change the speed too: `presence` is.
   */
  speed(speed: number): void
  /** True when the player waits for data, false when it goes on. */
  buffering(waiting: boolean): void
  /** Position of the video in milliseconds, as often as the host likes. `speed` is the playback rate, 0 to 1,000, default 1. */
  position(positionMs: number, speed?: number): void
  /** Metadata, as soon as it is known; later calls win field by field. */
  describeVideo(video: VideoFacts): void
  /** Facts of the session that are found out later, such as its language; later calls win field by field. */
  describe(facts: SessionFacts): void
  /** A sign of the learner: a key, a pointer. Ends idleness. */
  presence(): void
  /** An event of another program, under `x.`. `payload` defaults to null, `measures` to none. */
  record(type: OpenType, payload?: Readonly<Record<string, unknown>>, measures?: SparseMeasures): void
  /** Ends the session. Later calls on it do nothing. `reason` defaults to `stopped`. */
  end(reason?: EndReason): void
}

export interface Tracker {
  /**
   * Opens a session. Where admission refuses it (QUEUE_FULL), the handle works and records nothing, and diagnostics reports
   * it. The same where the arguments are not allowed; its sessionId is then empty.
   */
  startSession(start: SessionStart): TrackedSession
  /** The open sessions, oldest first. */
  readonly openSessions: readonly TrackedSession[]
}

/**
 * The answer of admission to an event. `refused`: a session's start for which there is no room (QUEUE_FULL), or any event
 * once the store is closed. `dropped`: detail that the overflow policy gives up on arrival.
 */
export type AdmissionAnswer = 'admitted' | 'dropped' | 'refused'
