// `immersion track`: follows a player and records. `track mpv` attaches to a running mpv by its socket, waits for one, or
// starts one. `track feed` records the lines that a text hooker, or a player's text page, sends over a WebSocket.
// States: tracking → (Ctrl-C, SIGTERM, SIGHUP, or the player's end) finishing → done. While finishing, sessions end and
// every admitted event is written, bounded by a timeout. A second signal while finishing ends the process at once, with 130.
// Ctrl-C is the usual way to stop tracking, so it exits with 0 when everything was recorded, and with 1 otherwise.

import { setTimeout as delay } from 'node:timers/promises'
import { Option } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { plainAddress, volatileParameters } from '../players/address.js'
import { followFeed } from '../players/feed/feed.js'
import { normaliseLanguage } from '../players/language.js'
import { ignoreRule } from '../players/location.js'
import { DEFAULT_MPV_SOCKET, followMpv } from '../players/mpv/mpv.js'
import { startMpv } from '../players/mpv/start-mpv.js'
import type { FollowOptions } from '../players/player-status.js'
import type { DiagnosticsNotice, SpoolStatus } from '../ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { openImmersionTrackingStore } from '../store/open-store.js'
import type { Context, ContextCommand } from './context.js'
import { EXIT_INTERRUPTED } from './output.js'
import { TrackScreen } from './track-screen.js'

/** Within this time the last messages of an mpv that has ended are read. */
const LAST_WORDS_MS = 1_000
/** The address at which the usual text hookers listen. */
const DEFAULT_FEED_URL = 'ws://localhost:6677'
/** A busy disk needs a second. After five, the learner wants the terminal back. */
const FINISH_TIMEOUT_MS = 5_000
/** Recording the end takes a few hundredths of a second. When it takes this long, the learner is asked to wait. */
const NOTICEABLE_MS = 1_500
/** The first failed attempts are not reported, because another program may hold a lock for a moment. */
const TROUBLE_AT_ATTEMPT = 3
/** One kind of trouble comes with every event while it lasts, so it is reported once a minute. */
const REPORT_AGAIN_AFTER_MS = 60_000

export function addTrackCommands(program: ContextCommand): void {
  const track = program.command('track').description('follow a player and record until Ctrl-C')
  track
    .command('mpv')
    .description('record what mpv plays; attach to it, wait for it, or start it')
    .argument('[mpv-options...]', 'options for mpv, after `--`; only with --start')
    .option('--socket <path>', `the socket that mpv opens by input-ipc-server (default: ${DEFAULT_MPV_SOCKET})`)
    .option('--start <file...>', 'start mpv with these files or URLs, and stop when it ends')
    .option('--lang <language>', 'language of subtitles that do not name their own')
    .addOption(
      new Option('--ignore <pattern>', 'do not record paths or URLs that contain this; * and ? allowed, repeatable')
        .argParser((value, before: readonly string[]) => [...before, value])
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      `
To record every mpv, add this line to mpv.conf and keep \`immersion track mpv\` running:
  input-ipc-server=${DEFAULT_MPV_SOCKET}`,
    )
    .run(runMpv)
  track
    .command('feed')
    .description('record the lines of a text feed (a text hooker, or the text page of a player)')
    .option(
      '--url <url>',
      `WebSocket that sends plain text, or JSON with a text or sentence (default: ${DEFAULT_FEED_URL})`,
    )
    .option('--title <title>', 'title of the text (default: the address)')
    .option('--lang <language>', 'language of the text (default: by the script of the first line)')
    .run(runFeed)
}

type MpvOptions = Readonly<{ socket?: string; start?: readonly string[]; lang?: string; ignore: readonly string[] }>

async function runMpv(context: Context, options: MpvOptions, args: readonly string[]): Promise<void> {
  const settings = context.file.track ?? {}
  const language = trackingLanguage(options.lang ?? settings.language)
  const isIgnored = ignoreRule([...(settings.ignore ?? []), ...options.ignore])
  const { start: files, socket } = options
  if (files !== undefined) {
    return trackUntilStopped(context, (tracking) =>
      startAndFollow({ files, args, socketPath: socket }, { ...tracking, language, isIgnored }),
    )
  }
  if (args.length > 0) {
    throw new ImmersionError('INVALID_ARGUMENT', `options for mpv (${args.join(' ')}) need --start`, {
      hint: 'Write: immersion track mpv --start FILE -- --fullscreen',
    })
  }
  const socketPath = socket ?? settings.socket ?? DEFAULT_MPV_SOCKET
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Waiting for mpv with --input-ipc-server=${socketPath}. Ctrl-C stops.`)
    await followMpv({ ...tracking, language, isIgnored, socketPath })
  })
}

async function startAndFollow(
  started: Parameters<typeof startMpv>[0],
  following: Tracking & Pick<Parameters<typeof followMpv>[0], 'language' | 'isIgnored'>,
): Promise<void> {
  const mpv = startMpv(started)
  const ended = new AbortController()
  // An mpv that ends closes its socket, which ends followMpv. The signal is for an mpv that never opened its socket.
  const exited = mpv.exited.finally(() => setTimeout(() => ended.abort(), LAST_WORDS_MS).unref())
  exited.catch(() => {}) // The last line awaits the failure.
  try {
    const signal = AbortSignal.any([following.signal, ended.signal])
    await followMpv({ ...following, signal, socketPath: mpv.socketPath, reconnect: false })
    // An mpv that ended by itself reports how, so its exit is awaited before it is made to end.
    const lastWords = delay(LAST_WORDS_MS, undefined, { signal: following.signal })
    await Promise.race([exited, lastWords]).catch(() => {})
  } finally {
    await mpv.end()
  }
  await exited
}

async function runFeed(
  context: Context,
  { url: urlOfCall, title, lang }: Readonly<{ url?: string; title?: string; lang?: string }>,
): Promise<void> {
  const { feedUrl, language: configured } = context.file.track ?? {}
  const url = checkedUrl(urlOfCall ?? feedUrl ?? DEFAULT_FEED_URL)
  const language = trackingLanguage(lang ?? configured)
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Listening for text at ${plainAddress(url)}. Ctrl-C stops.`)
    await followFeed({ ...tracking, url, language, title })
  })
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol) && new URL(text).hash === '') return text
  throw new ImmersionError('INVALID_ARGUMENT', `the feed ${plainAddress(text)} is not a WebSocket address`, {
    hint: 'Write an address as ws://localhost:6677 or wss://host/path.',
  })
}

/** What the connection to every player gets. */
type Tracking = Required<Omit<FollowOptions, 'language'>>

/** Opens the store and lets `follow` track into it, until `follow` resolves. A stop signal aborts its `signal`. */
async function trackUntilStopped(context: Context, follow: (tracking: Tracking) => Promise<void>): Promise<void> {
  const stopping = new AbortController()
  const removeHandlers = onStopSignals(() => stopping.abort())
  // After SIGHUP the terminal is closed, and writing to it fails. Recording must go on all the same.
  process.stderr.on('error', () => {})
  try {
    const store = await openImmersionTrackingStore(context.storeConfig)
    const screen = new TrackScreen({ store, terminal: process.stderr, color: context.color })
    const { state, warnings, spool } = store.diagnostics.snapshot()
    if (state !== 'ok') screen.storage(state)
    for (const warning of warnings) screen.note(warning)
    if (spool?.state === 'away') screen.note(SPOOL_TEXTS.away)
    const trouble = createTroubleReporter(screen)
    const notices = store.diagnostics.notices.subscribe(trouble.report)
    try {
      const { tracker } = store
      const isVolatile = volatileParameters(context.file.track?.volatile)
      const { status: onStatus, note: onNote } = screen
      await follow({ tracker, isVolatile, signal: stopping.signal, onStatus, onNote })
    } finally {
      await finish(store, screen, trouble.lastReason)
      notices.unsubscribe()
    }
  } finally {
    removeHandlers()
  }
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
function trackingLanguage(tag: string | undefined): string | undefined {
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
      case 'follow-gap':
    }
  }
  /** `lastReason` is the database's message when it last refused a batch. */
  return { report, lastReason: () => lastReason }
}
