// The screen of a tracking command, on stderr: a live line below the notes on a terminal, and a note per session elsewhere.
// Counts come from the store, so that they are the recorded ones. The active time runs on between two heartbeats.
// track.ts creates the screen and passes it every change.

import { BACKEND_DEFAULTS } from '../events/defaults.js'
import type { PlayerState, PlayerStatus } from '../players/player-status.js'
import type { SessionSummary } from '../ports/analytics-types.js'
import type { DiagnosticsSnapshot } from '../ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { bold, cut } from './pictures.js'
import { counted, number } from './wording.js'

const REDRAW_MS = 1_000
/** Active time that is not recorded yet is at most one heartbeat, its batch and one redraw. */
const UNRECORDED_MAX_MS = BACKEND_DEFAULTS.heartbeatIntervalMs + 2_000
/** Within this time after a change of state the last counts are recorded. Then the line rests, and the store is not read. */
const RECORDED_AFTER_MS = 5_000
/** The note at the end of a session waits this long for its last events. The flush at the end of the program waits longer. */
const SESSION_FLUSH_TIMEOUT_MS = 2_000
const NARROWEST_COLUMNS = 20
/** Everything on the live line but the title. The title is cut first, because the numbers that change must stay visible. */
const COLUMNS_BESIDE_TITLE = 60
const CLEAR_LINE = '\r\u001b[2K'

type PlayerSession = NonNullable<PlayerStatus['session']>

interface TrackScreenOptions {
  readonly store: ImmersionTrackingStore
  readonly terminal: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }
  readonly color: boolean
}

export class TrackScreen {
  readonly #options: TrackScreenOptions
  readonly #isLive: boolean
  readonly #timer: NodeJS.Timeout | undefined
  #status: PlayerStatus = { state: 'waiting', session: null }
  #recorded: SessionSummary | undefined
  /** Playing time of the open session, by this process's clock. */
  #playedMs = 0
  #countedAtMs = performance.now()
  #changedAtMs = this.#countedAtMs
  #storage: DiagnosticsSnapshot['state'] = 'ok'
  #isTroubled = false
  #isFinished = false
  /** Notes about ended sessions, one after another. */
  #endNotes: Promise<void> = Promise.resolve()

  constructor(options: TrackScreenOptions) {
    this.#options = options
    this.#isLive = options.terminal.isTTY === true
    if (this.#isLive) this.#timer = setInterval(() => this.#refresh(), REDRAW_MS)
  }

  // Arrow functions, because track.ts passes them on as callbacks.
  readonly status = (next: PlayerStatus): void => {
    this.#countPlayed()
    const before = this.#status
    const isOtherSession = before.session?.sessionId !== next.session?.sessionId
    const isChanged =
      isOtherSession || next.state !== before.state || before.session?.language !== next.session?.language
    this.#status = next
    if (!isChanged) return
    this.#changedAtMs = performance.now()
    if (isOtherSession) this.#changeSession(before.session, next.session)
    this.#draw()
  }

  readonly note = (text: string): void => {
    this.#options.terminal.write(this.#isLive ? `${CLEAR_LINE}${text}\n` : `${text}\n`)
    this.#draw()
  }

  /** Sets the database's state for the live line. */
  storage(state: DiagnosticsSnapshot['state']): void {
    this.#storage = state
    if (state === 'failed') this.note('The thread that writes to the database keeps dying. Events wait in memory.')
    if (state === 'ok' && this.#isTroubled) {
      this.#isTroubled = false
      this.note('The database takes events again.')
    }
    this.#draw()
  }

  /** Notes once why the database takes no events, until it takes them again. */
  trouble(reason: string): void {
    if (!this.#isTroubled) this.note(`The database takes no events, so they wait: ${reason}`)
    this.#isTroubled = true
  }

  /** Notes how the last session ended, and leaves the terminal clean. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    this.status({ state: 'waiting', session: null })
    await this.#endNotes
    this.#isFinished = true
    if (this.#isLive) this.#options.terminal.write(CLEAR_LINE)
  }

  #changeSession(before: PlayerSession | null, next: PlayerSession | null): void {
    if (before !== null) this.#endNotes = this.#endNotes.then(() => this.#noteEnd(before))
    if (next === null) return
    this.#recorded = undefined
    this.#playedMs = 0
    if (!this.#isLive) this.note(`Tracking ${next.title}${next.language === null ? '' : ` (${next.language})`}`)
  }

  /** With the counts of all recorded events; some may be missing while the database does not answer. */
  async #noteEnd({ sessionId, title }: PlayerSession): Promise<void> {
    await this.#options.store.flush({ timeoutMs: SESSION_FLUSH_TIMEOUT_MS }).catch(() => {})
    const summary = await this.#summaryOf(sessionId)
    if (summary === undefined || this.#options.store.diagnostics.snapshot().waiting > 0) {
      return this.note(`Ended ${title}: its last events are still waiting to be recorded.`)
    }
    const { activeMs, lines, words, cards } = summary.measures
    const counts = [counted(lines, 'line'), counted(words, 'word'), ...(cards === 0 ? [] : [counted(cards, 'card')])]
    this.note(`Ended ${summary.title} (${summary.language}): ${clockDuration(activeMs)} active, ${counts.join(', ')}`)
  }

  /** Undefined until the session's first batch is recorded, and while the database cannot be read. */
  #summaryOf(sessionId: string): Promise<SessionSummary | undefined> {
    return this.#options.store.analytics.session(sessionId).then(
      (answer) => answer.session,
      () => undefined,
    )
  }

  async #refresh(): Promise<void> {
    const { state, session } = this.#status
    const isRunning = state === 'playing' || state === 'listening' || this.#storage !== 'ok'
    if (!isRunning && performance.now() - this.#changedAtMs > RECORDED_AFTER_MS) return
    if (session !== null) {
      const summary = await this.#summaryOf(session.sessionId)
      if (session.sessionId === this.#status.session?.sessionId) this.#recorded = summary ?? this.#recorded
    }
    this.#draw()
  }

  #countPlayed(): void {
    const nowMs = performance.now()
    if (this.#status.state === 'playing') this.#playedMs += nowMs - this.#countedAtMs
    this.#countedAtMs = nowMs
  }

  #draw(): void {
    if (this.#isLive && !this.#isFinished) this.#options.terminal.write(`${CLEAR_LINE}${this.#liveLine()}`)
  }

  #liveLine(): string {
    const columns = this.#options.terminal.columns ?? 80
    const parts = [STATE_WORDS[this.#status.state], ...this.#sessionParts(columns), ...this.#storageParts()]
    return cut(parts.join(' · '), Math.max(NARROWEST_COLUMNS, columns - 1))
  }

  #sessionParts(columns: number): readonly string[] {
    const { session } = this.#status
    if (session === null) return []
    const { lines = 0, words = 0, cards = 0, activeMs = 0 } = this.#recorded?.measures ?? {}
    this.#countPlayed()
    const shownMs = Math.max(activeMs, Math.min(this.#playedMs, activeMs + UNRECORDED_MAX_MS))
    return [
      cut(session.title, Math.max(NARROWEST_COLUMNS, columns - COLUMNS_BESIDE_TITLE)),
      ...(session.language === null ? [] : [session.language]),
      clockDuration(shownMs),
      counted(lines, 'line'),
      counted(words, 'word'),
      counted(cards, 'card'),
    ]
  }

  #storageParts(): readonly string[] {
    const { waiting, inFlight, lastError } = this.#options.store.diagnostics.snapshot()
    if (this.#storage === 'ok' || this.#storage === 'closed') return []
    const held = `${number(waiting + inFlight)} events wait`
    return [
      bold(`database ${this.#storage}`, this.#options.color),
      held,
      ...(lastError === null ? [] : [lastError.message]),
    ]
  }
}

const STATE_WORDS: Readonly<Record<PlayerState, string>> = {
  waiting: '… waiting for the player',
  idle: '■ nothing open',
  playing: '▶ playing',
  paused: '‖ paused',
  buffering: '… buffering',
  finished: '■ at the end',
  ignored: '– not recorded',
  listening: '▶ listening',
}

/** `0:40`, `12:34`, `1:02:03`. */
function clockDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3_600)
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0(?=\d)/, '')
}
