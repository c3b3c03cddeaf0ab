// What every tracking command does around its player: the store, Ctrl-C, the live status and the last words.
// States: tracking → (Ctrl-C, SIGTERM, SIGHUP, or the player's end) finishing: sessions end, what was admitted is
// flushed, bounded by a timeout → done. A second signal while finishing leaves at once with 130. A learner's Ctrl-C is
// the usual end of tracking: it exits with 0 when everything was recorded, with 1 when something was left.

import { ImmersionError } from '../events/errors.js'
import { normaliseLanguage } from '../players/language.js'
import type { PlayerStatus } from '../players/player-status.js'
import type { DiagnosticsNotice, SpoolStatus } from '../ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import type { Tracker } from '../ports/tracker-types.js'
import { openImmersionTrackingStore } from '../store/open-store.js'
import type { Context } from './context.js'
import { EXIT_INTERRUPTED } from './exit.js'
import { createTrackScreen, type TrackScreen } from './track-screen.js'

/** A busy disk is done in a second; after that long the learner wants the terminal back. */
const FINISH_TIMEOUT_MS = 5_000
/** Recording the end takes a few hundredths of a second; when it takes longer the learner is told. */
const NOTICEABLE_MS = 1_500
/** A lock that another program holds for a moment is no news. */
const TROUBLE_AT_ATTEMPT = 3
/** Trouble of one kind comes with every event while it lasts. */
const SAY_AGAIN_AFTER_MS = 60_000

/** What a player's connection is given. */
export interface Tracking {
  readonly tracker: Tracker
  readonly signal: AbortSignal
  readonly onStatus: (status: PlayerStatus) => void
  readonly onNote: (note: string) => void
}

/** Opens the store and lets `follow` track into it until it resolves or is told to by the signal. */
export async function trackUntilStopped(
  context: Context,
  follow: (tracking: Tracking) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController()
  const forget = onStopSignals(() => stopping.abort())
  // A terminal that was closed (SIGHUP) cannot be written to any more; what is to be recorded still is.
  process.stderr.on('error', () => {})
  try {
    const store = await openImmersionTrackingStore(context.storeConfig)
    const screen = createTrackScreen({ store, terminal: process.stderr, color: context.color })
    const { state } = store.diagnostics.snapshot()
    if (state !== 'ok') screen.storage(state)
    const { warnings, spool } = store.diagnostics.snapshot()
    for (const warning of warnings) screen.note(warning)
    if (spool?.state === 'away') screen.note(SPOOL_TEXTS.away)
    const trouble = createTroubleTeller(screen)
    const notices = store.diagnostics.notices.subscribe(trouble.tell)
    try {
      await follow({
        tracker: store.tracker,
        signal: stopping.signal,
        onStatus: screen.status,
        onNote: screen.note,
      })
    } finally {
      const patience = setTimeout(
        () => screen.note('Recording what is left; Ctrl-C again leaves at once.'),
        NOTICEABLE_MS,
      )
      await screen.finish()
      await close(store, trouble.lastReason).finally(() => clearTimeout(patience))
      notices.unsubscribe()
    }
  } finally {
    forget()
  }
}

/** CLOSE_TIMEOUT says what was left, and becomes the command's failure. */
async function close(store: ImmersionTrackingStore, reason: () => string | undefined): Promise<void> {
  try {
    await store.close({ timeoutMs: FINISH_TIMEOUT_MS })
  } catch (error) {
    const message = reason()
    if (message === undefined || !(error instanceof ImmersionError)) throw error
    const hint = `The last thing that the database said: ${message}`
    throw new ImmersionError(error.code, error.message, { hint, details: error.details, cause: error })
  }
}

/** `--lang` or the configuration's language, as the log names it. */
export function trackingLanguage(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined
  const language = normaliseLanguage(tag)
  if (language !== undefined) return language
  throw new ImmersionError('INVALID_ARGUMENT', `the language is ${JSON.stringify(tag)}, which is no language`, {
    hint: 'Write it as ja, en, zh or another BCP 47 tag.',
    details: { language: tag },
  })
}

/**
 * As a program that knows no better would, by the signal itself, which a shell reports as 130: an ordinary exit waits for
 * the threads, and one that is ended while the database's driver raises an error aborts the process (v8).
 */
function leaveAtOnce(): void {
  if (process.platform === 'win32') process.exit(EXIT_INTERRUPTED)
  process.removeAllListeners('SIGINT')
  process.kill(process.pid, 'SIGINT')
}

function onStopSignals(stop: () => void): () => void {
  let asked = false
  const onSignal = () => {
    if (asked) leaveAtOnce()
    asked = true
    stop()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

interface TroubleTeller {
  readonly tell: (notice: DiagnosticsNotice) => void
  /** What the database said when it last refused a batch. */
  readonly lastReason: () => string | undefined
}

/** Says what the learner should hear of; the state of the database shows in the status line too. */
function createTroubleTeller(screen: TrackScreen): TroubleTeller {
  const saidAtMs = new Map<string, number>()
  let lastReason: string | undefined
  return {
    lastReason: () => lastReason,
    tell(notice) {
      if (notice.kind === 'state') screen.storage(notice.state)
      if (notice.kind === 'spool') screen.note(SPOOL_TEXTS[notice.state])
      if (notice.kind === 'retry' || notice.kind === 'connect-failed') {
        lastReason = notice.error.message
        if (notice.attempt >= TROUBLE_AT_ATTEMPT) screen.trouble(lastReason)
      }
      const text = troubleText(notice)
      const nowMs = performance.now()
      if (text === undefined || nowMs - (saidAtMs.get(notice.kind) ?? -SAY_AGAIN_AFTER_MS) < SAY_AGAIN_AFTER_MS) return
      saidAtMs.set(notice.kind, nowMs)
      screen.note(text)
    },
  }
}

const SPOOL_TEXTS: Readonly<Record<SpoolStatus['state'], string>> = {
  away: 'The server is away; what is tracked is recorded in the spool and carried on when it is back.',
  forwarding: 'The server is back and has all that was tracked.',
}

function troubleText(notice: DiagnosticsNotice): string | undefined {
  switch (notice.kind) {
    case 'session-refused':
      return 'A session could not be recorded: too much is waiting for the database.'
    case 'set-aside':
      return `The database refused an event for itself: ${notice.error.message}`
    case 'worker-restarted':
      return 'The thread that writes the database died and was started again; nothing is lost.'
    case 'dropped':
      return `${notice.count} events were dropped: the database is too slow or cannot be reached.`
    case 'invalid-call':
    case 'observer-failed':
      return `Not recorded: ${notice.error.message}`
    case 'acknowledged':
    case 'retry':
    case 'connect-failed':
    case 'summarized':
    case 'state':
    case 'spool':
      return undefined
  }
}
