// The learner's corrections, as an application makes them: what is wrong in the log is corrected afterwards, on any device.
// Every correction but an erasure can be undone. docs/reference/store.md describes each method.

import type { SparseMeasures } from '../events/measures.js'
import type { CorrectionType, VideoFacts } from '../events/types.js'

/**
 * Every method resolves once its correction is recorded. It rejects with UNKNOWN_SESSION or UNKNOWN_VIDEO where the target
 * does not exist, and with INVALID_ARGUMENT for an argument that is not allowed.
 */
export interface Corrections {
  /** Removes a session from every count. */
  discardSession(sessionId: string): Promise<CorrectionAnswer>
  /** Counts a discarded session again. */
  restoreSession(sessionId: string): Promise<CorrectionAnswer>
  /**
   * Adds to a session's sums at its start, subtracts with negative numbers from the quarter hours that have them, or corrects
   * its language. No sum may go below 0.
   */
  adjustSession(sessionId: string, adjustment: Adjustment): Promise<CorrectionAnswer>
  /**
   * Adds to a video on a date, at noon of the learner's clock: for example what no tracker saw. Negative numbers are subtracted
   * from the sessions of that day. No sum may go below 0.
   */
  adjustVideo(adjustment: VideoAdjustment): Promise<CorrectionAnswer>
  /** Names a video. The learner's names beat those from players. At least one name must be given. */
  renameVideo(videoKey: string, names: VideoNames): Promise<CorrectionAnswer>
  /** From then on the first video counts as the second, and is shown with the facts of the second. */
  mergeVideos(videoKey: string, intoVideoKey: string): Promise<CorrectionAnswer>
  /** Deletes a session's events and sums. Permanent: nothing of the session can come back, from any log. */
  eraseSession(sessionId: string): Promise<CorrectionAnswer>
  /** Erases every session of the video and every correction that names it. Permanent. */
  eraseVideo(videoKey: string): Promise<CorrectionAnswer>
  /** Undoes the latest correction that still counts, with all parts of its request. INVALID_ARGUMENT where there is none. */
  undo(): Promise<CorrectionAnswer>
  /** All corrections, newest first. */
  list(): Promise<{ readonly corrections: readonly ListedCorrection[]; readonly asOfRevision: number }>
}

export interface Adjustment {
  /** Signed integers by measure. Default: none. Without a language, one of them must not be 0. */
  readonly measures?: SparseMeasures
  /** BCP 47. Default: the language stays; of a video on a date, `und`. */
  readonly language?: string
}

export interface VideoAdjustment extends Adjustment {
  /** The key of an existing video. */
  readonly videoKey: string
  /** `YYYY-MM-DD`. */
  readonly date: string
}

/** Only the names that are given change. */
export type VideoNames = Pick<VideoFacts, 'title' | 'series' | 'season' | 'episode'>

export interface CorrectionAnswer {
  /**
   * One; of an erasure one for each erased stream, of a subtraction one for each quarter hour of a session from which it takes.
   * Empty where the request had been recorded before.
   */
  readonly correctionIds: readonly string[]
  /** The profile's revision after the correction. */
  readonly asOfRevision: number
}

export interface ListedCorrection {
  /** The id of the correction's stream, a UUID. */
  readonly correctionId: string
  /** The type of its event. */
  readonly type: CorrectionType
  /** Epoch milliseconds. */
  readonly occurredAtMs: number
  /** The correction's payload: the session or the correction that it targets, the video, the date, the new names. */
  readonly names: Readonly<Record<string, unknown>>
  /** The measures that an adjustment adds; negative ones are subtracted. Empty for any other correction. */
  readonly measures: SparseMeasures
  /** `discarded` where the correction was undone. */
  readonly state: 'counts' | 'discarded'
}

/** The methods that record a correction, from which the store's facade is made. */
export const CORRECTION_METHODS = {
  discardSession: true,
  restoreSession: true,
  adjustSession: true,
  adjustVideo: true,
  renameVideo: true,
  mergeVideos: true,
  eraseSession: true,
  eraseVideo: true,
  undo: true,
} as const satisfies Readonly<Record<Exclude<keyof Corrections, 'list'>, true>>

/** A method of Corrections with its arguments, as it crosses to the engine. */
export interface CorrectionRequest {
  readonly method: keyof typeof CORRECTION_METHODS
  readonly args: readonly unknown[]
  /** Made by the caller, so that a request that is sent twice is one correction. */
  readonly correctionId: string
}
