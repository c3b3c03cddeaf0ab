// The state of a player as the live status line shows it. Made by the connections to players, read by src/cli. Counts are
// not in here, because the store has them.

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
