// What a player is doing, as the live status line shows it. Made by the connections to players, read by src/cli;
// counts are not in here, because the store has them.

export type PlayerState =
  | 'waiting' // no player is connected
  | 'idle' // connected, and nothing is open
  | 'playing'
  | 'paused'
  | 'buffering'
  | 'finished' // at its end, still open
  | 'ignored' // open, and of no concern
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
