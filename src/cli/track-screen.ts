// What a tracking command shows on stderr: on a terminal one live line below the notes, elsewhere a note per session.
// Counts come from the store, so that what is shown is what was recorded; the active time runs on between heartbeats.
// Called by track-run.ts.

import { BACKEND_DEFAULTS } from '../events/defaults.js'
import type { PlayerState, PlayerStatus } from '../players/player-status.js'
import type { SessionSummary } from '../ports/analytics-types.js'
import type { DiagnosticsSnapshot } from '../ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { bold, cut } from './pictures.js'
import { number } from './wording.js'

const REDRAW_MS = 1_000
/** A heartbeat, its batch, and one redraw: what is active and not yet recorded is never more. */
const UNRECORDED_MAX_MS = BACKEND_DEFAULTS.heartbeatIntervalMs + 2_000
/** After a change of state the last counts are recorded within that; then the line stands still, and nothing is asked. */
const SETTLED_AFTER_MS = 5_000
const NARROWEST_COLUMNS = 20

export interface TrackScreen {
  status(status: PlayerStatus): void
  note(text: string): void
  /** The database's state, for the status line. */
  storage(state: DiagnosticsSnapshot['state']): void
  /** Why the database does not take events; said once, until it takes them again. */
  trouble(reason: string): void
  /** Says how the last session ended and leaves the terminal clean. */
  finish(): Promise<void>
}

export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export function createTrackScreen(options: {
  readonly store: ImmersionTrackingStore
  readonly terminal: Terminal
  readonly color: boolean
}): TrackScreen {
  const { store, terminal, color } = options
  const live = terminal.isTTY === true
  let status: PlayerStatus = { state: 'waiting', session: null }
  let recorded: SessionSummary | undefined
  /** Of the open session, by this process's clock. */
  let playedMs = 0
  let playedAtMs = performance.now()
  let movedAtMs = playedAtMs
  let storage: DiagnosticsSnapshot['state'] = 'ok'
  let troubled = false
  let finished = false
  let lastNotes: Promise<void> = Promise.resolve()
  const timer = live ? setInterval(refresh, REDRAW_MS) : undefined

  async function refresh(): Promise<void> {
    const sessionId = status.session?.sessionId
    const moves = status.state === 'playing' || status.state === 'listening' || storage !== 'ok'
    if (!moves && performance.now() - movedAtMs > SETTLED_AFTER_MS) return
    if (sessionId !== undefined) {
      const summary = await summaryOf(sessionId)
      if (sessionId === status.session?.sessionId) recorded = summary ?? recorded
    }
    draw()
  }

  /** Undefined until the session's first batch is recorded, or while the database cannot be read. */
  function summaryOf(sessionId: string): Promise<SessionSummary | undefined> {
    return store.analytics.session(sessionId).then(
      (answer) => answer.session,
      () => undefined,
    )
  }

  function draw(): void {
    if (live && !finished) terminal.write(`\r\u001b[2K${statusLine()}`)
  }

  function say(text: string): void {
    terminal.write(live ? `\r\u001b[2K${text}\n` : `${text}\n`)
    draw()
  }

  function statusLine(): string {
    const width = Math.max(NARROWEST_COLUMNS, (terminal.columns ?? 80) - 1)
    return cut([STATE_WORDS[status.state], ...sessionParts(), ...storageParts()].join(' · '), width)
  }

  function sessionParts(): readonly string[] {
    if (status.session === null) return []
    const { title, language } = status.session
    const { lines = 0, words = 0, cards = 0, activeMs = 0 } = recorded?.measures ?? {}
    countPlayed()
    const shownMs = Math.max(activeMs, Math.min(playedMs, activeMs + UNRECORDED_MAX_MS))
    const counts = [counted(lines, 'line'), counted(words, 'word'), counted(cards, 'card')]
    // The title is cut first: what changes has to stay in sight.
    const room = Math.max(NARROWEST_COLUMNS, (terminal.columns ?? 80) - 60)
    return [cut(title, room), ...(language === null ? [] : [language]), clockDuration(shownMs), ...counts]
  }

  function storageParts(): readonly string[] {
    const { waiting, inFlight, lastError } = store.diagnostics.snapshot()
    if (storage === 'ok' || storage === 'closed') return []
    const held = `${number(waiting + inFlight)} events wait`
    return [bold(`database ${storage}`, color), held, ...(lastError === null ? [] : [lastError.message])]
  }

  function countPlayed(): void {
    const nowMs = performance.now()
    if (status.state === 'playing') playedMs += nowMs - playedAtMs
    playedAtMs = nowMs
  }

  function began(session: NonNullable<PlayerStatus['session']>): void {
    recorded = undefined
    playedMs = 0
    if (!live) say(`Tracking ${session.title}${session.language === null ? '' : ` (${session.language})`}`)
  }

  /** Once everything of it is recorded; or as far as it is, when the database does not answer. */
  async function ended(session: NonNullable<PlayerStatus['session']>): Promise<void> {
    await store.flush({ timeoutMs: LAST_WORDS_TIMEOUT_MS }).catch(() => {})
    const summary = await summaryOf(session.sessionId)
    if (summary === undefined || store.diagnostics.snapshot().waiting > 0) {
      return say(`Ended ${session.title}: its last events are still waiting to be recorded.`)
    }
    const { activeMs, lines, words, cards } = summary.measures
    const counts = [counted(lines, 'line'), counted(words, 'word'), ...(cards === 0 ? [] : [counted(cards, 'card')])]
    say(`Ended ${summary.title} (${summary.language}): ${clockDuration(activeMs)} active, ${counts.join(', ')}`)
  }

  function show(next: PlayerStatus): void {
    countPlayed()
    const before = status.session
    const changed = before?.sessionId !== next.session?.sessionId
    const moved = changed || next.state !== status.state || before?.language !== next.session?.language
    status = next
    if (moved) movedAtMs = performance.now()
    if (changed && before !== null) lastNotes = lastNotes.then(() => ended(before))
    if (changed && next.session !== null) began(next.session)
    if (moved) draw()
  }

  return {
    status: show,
    note: say,
    storage(state) {
      storage = state
      if (state === 'failed') say('The thread that writes the database cannot be kept alive; events wait.')
      if (state === 'ok' && troubled) {
        troubled = false
        say('The database takes events again.')
      }
      draw()
    },
    trouble(reason) {
      if (!troubled) say(`The database does not take events, so they wait: ${reason}`)
      troubled = true
    },
    async finish() {
      clearInterval(timer)
      show({ state: 'waiting', session: null })
      await lastNotes
      finished = true
      if (live) terminal.write('\r\u001b[2K')
    },
  }
}

const STATE_WORDS: Readonly<Record<PlayerState, string>> = {
  waiting: '… waiting for the player',
  idle: '■ nothing open',
  playing: '▶ playing',
  paused: '‖ paused',
  buffering: '… buffering',
  finished: '■ at its end',
  ignored: '– not recorded',
  listening: '▶ listening',
}

/** Words at the end of a session are worth that much waiting; the flush at the very end waits longer. */
const LAST_WORDS_TIMEOUT_MS = 2_000

function counted(count: number, thing: string): string {
  return `${number(count)} ${thing}${count === 1 ? '' : 's'}`
}

/** `0:40`, `12:34`, `1:02:03`. */
function clockDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3_600)
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0(?=\d)/, '')
}
