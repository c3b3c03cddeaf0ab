// What every connection to a player gets from src/cli, and the state of a player as the live status line shows it. Counts
// are not in here, because the store has them.

import type { Tracker } from '../ports/tracker-types.js'
import type { IsVolatile } from './address.js'

export interface FollowOptions {
  readonly tracker: Tracker
  /** Of text whose language the player does not name. Default: the script of the first line decides. */
  readonly language?: string | undefined
  /** Parameters of addresses that are not recorded. Default: those of docs/reference/players.md. */
  readonly isVolatile?: IsVolatile | undefined
  /** Ends the open session (`stopped`) and resolves. */
  readonly signal: AbortSignal
  readonly onStatus?: (status: PlayerStatus) => void
  /** Sentences that the learner should read. */
  readonly onNote?: (note: string) => void
}

export type PlayerState =
  | 'waiting' // no player is connected
  | 'idle' // connected, and nothing is open
  | 'playing'
  | 'paused'
  | 'buffering'
  | 'finished' // at its end, still open
  | 'ignored' // a file is open that the learner ignores
  | 'listening' // a text feed is open

export interface PlayerStatus {
  readonly state: PlayerState
  /** Null while nothing is tracked. */
  readonly session: {
    readonly sessionId: string
    readonly title: string
    readonly language: string | null
  } | null
}
