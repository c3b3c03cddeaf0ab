// The learner's commands, as an application states them: what was wrong is corrected, afterwards and on any device, and
// each command but an erasure can be undone. docs/reference/store.md describes each method.

import type { SparseMeasures } from '../events/measures.js'
import type { CorrectionType, VideoFacts } from '../events/types.js'

export interface Corrections {
  /** Takes a session out of every count. UNKNOWN_SESSION. */
  discardSession(sessionId: string): Promise<CorrectionAnswer>
  /** Puts it back. */
  restoreSession(sessionId: string): Promise<CorrectionAnswer>
  /** Adds to a session's sums, or takes off with negative numbers, or corrects its language. No sum may go below 0. */
  adjustSession(sessionId: string, adjustment: Adjustment): Promise<CorrectionAnswer>
  /** Adds what no tracker saw to a video and a date, at noon of the learner's clock. UNKNOWN_VIDEO. */
  adjustVideo(adjustment: VideoAdjustment): Promise<CorrectionAnswer>
  /** What the learner calls a video beats what players say. */
  renameVideo(videoKey: string, names: VideoNames): Promise<CorrectionAnswer>
  /** From then on the first counts as the second, and shows what that is called. */
  mergeVideos(videoKey: string, intoVideoKey: string): Promise<CorrectionAnswer>
  /** For good: its events and sums go, and nothing of it can come back. Cannot be undone. */
  eraseSession(sessionId: string): Promise<CorrectionAnswer>
  /** The same of every session and command that names the video. */
  eraseVideo(videoKey: string): Promise<CorrectionAnswer>
  /** Takes back the latest command that still counts: INVALID_ARGUMENT where there is none. */
  undo(): Promise<CorrectionAnswer>
  /** Newest first. */
  list(): Promise<{ readonly corrections: readonly ListedCorrection[]; readonly asOfRevision: number }>
}

export interface Adjustment {
  readonly measures?: SparseMeasures
  /** BCP 47. */
  readonly language?: string
}

export interface VideoAdjustment extends Adjustment {
  readonly videoKey: string
  /** `YYYY-MM-DD`. */
  readonly date: string
}

export type VideoNames = Pick<VideoFacts, 'title' | 'series' | 'season' | 'episode'>

export interface CorrectionAnswer {
  /** One, but of an erasure one for each stream that went. */
  readonly correctionIds: readonly string[]
  readonly asOfRevision: number
}

export interface ListedCorrection {
  readonly correctionId: string
  readonly type: CorrectionType
  readonly occurredAtMs: number
  /** The session or the command that it is about, the video, the date: what it names. */
  readonly names: Readonly<Record<string, unknown>>
  readonly measures: SparseMeasures
  /** `discarded` where it was undone. */
  readonly state: 'counts' | 'discarded'
}

/** A method of Corrections with its arguments, as it crosses to the engine. */
export interface CorrectionRequest {
  readonly method: Exclude<keyof Corrections, 'list'>
  readonly args: readonly unknown[]
  /** Made by the caller, so that a request that is sent twice is one command. */
  readonly correctionId: string
}
