// The part of tracking that every player shares: the store, Ctrl-C, the live status, and the end.
// States: tracking → (Ctrl-C, SIGTERM, SIGHUP, or the player's end) finishing → done. While finishing, sessions end and
// every admitted event is written, bounded by a timeout. A second signal while finishing ends the process at once, with 130.
// Ctrl-C is the usual way to stop tracking, so it exits with 0 when everything was recorded, and with 1 otherwise.

import { ImmersionError } from '../events/errors.js'
import { normaliseLanguage } from '../players/language.js'
import type { FollowOptions } from '../players/player-status.js'
import type { DiagnosticsNotice, SpoolStatus } from '../ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { openImmersionTrackingStore } from '../store/open-store.js'
import type { Context } from './context.js'
import { EXIT_INTERRUPTED } from './output.js'
import { TrackScreen } from './track-screen.js'

/** A busy disk needs a second. After five, the learner wants the terminal back. */
const FINISH_TIMEOUT_MS = 5_000
/** Recording the end takes a few hundredths of a second. When it takes this long, the learner is asked to wait. */
const NOTICEABLE_MS = 1_500
/** The first failed attempts are not reported, because another program may hold a lock for a moment. */
const TROUBLE_AT_ATTEMPT = 3
/** One kind of trouble comes with every event while it lasts, so it is reported once a minute. */
const REPORT_AGAIN_AFTER_MS = 60_000

/** What the connection to every player gets. */
export type Tracking = Required<Omit<FollowOptions, 'language'>>

/** Opens the store and lets `follow` track into it, until `follow` resolves. A stop signal aborts its `signal`. */
export async function trackUntilStopped(
  context: Context,
  follow: (tracking: Tracking) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController()
  const removeHandlers = onStopSignals(() => stopping.abort())
  // After SIGHUP the terminal is closed, and writing to it fails. Recording must go on all the same.
  process.stderr.on('error', () => {})
  try {
    const store = await openImmersionTrackingStore(context.storeConfig)
    const screen = new TrackScreen({ store, terminal: process.stderr, color: context.color })
    showState(store, screen)
    const trouble = createTroubleReporter(screen)
    const notices = store.diagnostics.notices.subscribe(trouble.report)
    try {
      const { tracker } = store
      await follow({ tracker, signal: stopping.signal, onStatus: screen.status, onNote: screen.note })
    } finally {
      await finish(store, screen, trouble.lastReason)
      notices.unsubscribe()
    }
  } finally {
    removeHandlers()
  }
}

function showState({ diagnostics }: ImmersionTrackingStore, screen: TrackScreen): void {
  const { state, warnings, spool } = diagnostics.snapshot()
  if (state !== 'ok') screen.storage(state)
  for (const warning of warnings) screen.note(warning)
  if (spool?.state === 'away') screen.note(SPOOL_TEXTS.away)
}

/** CLOSE_TIMEOUT says how many events were left, and becomes the failure of the command. */
async function finish(
  store: ImmersionTrackingStore,
  screen: TrackScreen,
  lastReason: () => string | undefined,
): Promise<void> {
  const patience = setTimeout(
    () => screen.note('Writing the last events. Press Ctrl-C again to quit immediately.'),
    NOTICEABLE_MS,
  )
  await screen.finish()
  try {
    await store.close({ timeoutMs: FINISH_TIMEOUT_MS })
  } catch (error) {
    const reason = lastReason()
    if (reason === undefined || !(error instanceof ImmersionError)) throw error
    const hint = `The database last said: ${reason}`
    throw new ImmersionError(error.code, error.message, { hint, details: error.details, cause: error })
  } finally {
    clearTimeout(patience)
  }
}

/** The language of `--lang` or of the configuration, in the form that the log uses. */
export function trackingLanguage(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined
  const language = normaliseLanguage(tag)
  if (language !== undefined) return language
  throw new ImmersionError('INVALID_ARGUMENT', `${JSON.stringify(tag)} is not a language`, {
    hint: 'Write a language as ja, en, zh or another BCP 47 tag.',
    details: { language: tag },
  })
}

function onStopSignals(stop: () => void): () => void {
  let isStopping = false
  const onSignal = () => {
    if (isStopping) leaveAtOnce()
    isStopping = true
    stop()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/**
 * Ends by the signal itself, which a shell reports as 130. An ordinary exit would wait for the threads, and a thread that
 * is ended while the database's driver raises an error aborts the process (v8).
 */
function leaveAtOnce(): void {
  if (process.platform === 'win32') process.exit(EXIT_INTERRUPTED)
  process.removeAllListeners('SIGINT')
  process.kill(process.pid, 'SIGINT')
}

const SPOOL_TEXTS: Readonly<Record<SpoolStatus['state'], string>> = {
  away: 'The server is away. Events are recorded in the spool, and forwarded when the server is back.',
  forwarding: 'The server is back, and the spool has forwarded every event.',
}

/** Passes on the notices that matter to a learner. The status line also shows the state of the database. */
function createTroubleReporter(screen: TrackScreen) {
  const notedAtMs = new Map<string, number>()
  let lastReason: string | undefined
  const noteRarely = (kind: DiagnosticsNotice['kind'], text: string) => {
    const nowMs = performance.now()
    if (nowMs - (notedAtMs.get(kind) ?? -REPORT_AGAIN_AFTER_MS) < REPORT_AGAIN_AFTER_MS) return
    notedAtMs.set(kind, nowMs)
    screen.note(text)
  }
  const report = (notice: DiagnosticsNotice) => {
    const { kind } = notice
    switch (kind) {
      case 'state':
        return screen.storage(notice.state)
      case 'spool':
        return screen.note(SPOOL_TEXTS[notice.state])
      case 'retry':
      case 'connect-failed':
        lastReason = notice.error.message
        if (notice.attempt >= TROUBLE_AT_ATTEMPT) screen.trouble(lastReason)
        return
      case 'session-refused':
        return noteRarely(kind, 'A session could not be recorded: too many events are waiting for the database.')
      case 'set-aside':
        return noteRarely(kind, `The database refused an event, which was set aside: ${notice.error.message}`)
      case 'worker-restarted':
        return noteRarely(kind, 'The thread that writes to the database died and was started again. Nothing is lost.')
      case 'dropped':
        return noteRarely(kind, `${notice.count} events were dropped: the database is too slow or cannot be reached.`)
      case 'invalid-call':
      case 'observer-failed':
        return noteRarely(kind, `Not recorded: ${notice.error.message}`)
      case 'acknowledged':
      case 'summarized':
    }
  }
  /** `lastReason` is the database's message when it last refused a batch. */
  return { report, lastReason: () => lastReason }
}
