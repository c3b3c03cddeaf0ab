// Follows mpv over its JSON IPC socket: waits for it, follows its files, and waits again when it is gone. Called by the
// command `track mpv`; calls the tracker through mpv-file.ts.
// States of a connection: nothing open → (file-loaded) asking → file open → (end-file) nothing open. Between start-file
// and file-loaded most properties are unavailable, and a change of `path` alone proves nothing: so a file begins at
// file-loaded, with one round of questions, whose answers count only while no other file was started meanwhile.

import { statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { EndReason } from '../../events/types.js'
import type { Tracker } from '../../ports/tracker-types.js'
import { locationOf } from '../location.js'
import type { PlayerStatus } from '../player-status.js'
import { wait } from '../wait.js'
import { type OpenFile, openFile } from './mpv-file.js'
import { connectMpv, type MpvConnection, type MpvEvent } from './mpv-ipc.js'
import { FACT_PROPERTIES, FOLLOWED_PROPERTIES, numberOf, PRESENCE_PROPERTIES, textOf } from './mpv-properties.js'

/** The path that mpv's own manual uses. */
export const DEFAULT_MPV_SOCKET = process.platform === 'win32' ? '\\\\.\\pipe\\mpvsocket' : '/tmp/mpvsocket'
/** A learner who opens mpv does not notice half a second. */
const RETRY_MS = 500
/** One that was just started makes its socket after about 90 ms, and plays then. */
const STARTING_RETRY_MS = 25
/** Where the video is, once a second: often enough for a position, rare enough for a battery. */
const POSITION_INTERVAL_MS = 1_000
/** Answers take a frame; after that long without one mpv hangs or is stopped. */
const HANGS_AFTER_MS = 4_000

export interface FollowMpvOptions {
  readonly socketPath: string
  readonly tracker: Tracker
  /** For subtitle tracks that do not say their language. */
  readonly language?: string | undefined
  /** Of an absolute path or a URL. What is ignored leaves no event. */
  readonly isIgnored?: (location: string) => boolean
  /** Comes back when mpv does; false: resolves when mpv is gone. Default true. */
  readonly reconnect?: boolean
  /** Ends the open session (`stopped`) and resolves. */
  readonly signal: AbortSignal
  readonly onStatus?: (status: PlayerStatus) => void
  /** What the learner should know, a sentence each. */
  readonly onNote?: (note: string) => void
  readonly monotonicMs?: () => number
}

/** Resolves when `signal` says so, or when mpv is gone and `reconnect` is false. */
export async function followMpv(options: FollowMpvOptions): Promise<void> {
  const { socketPath, signal } = options
  let complaint: string | undefined
  while (!signal.aborted) {
    options.onStatus?.({ state: 'waiting', session: null })
    const follower = createFollower(options)
    const connection = await connectMpv(socketPath, follower.event).catch((error) => {
      const reason = unusualReason(error, socketPath)
      if (reason !== undefined && reason !== complaint) options.onNote?.(reason)
      complaint = reason
      return undefined
    })
    if (connection === undefined) {
      await wait(options.reconnect === false ? STARTING_RETRY_MS : RETRY_MS, signal)
      continue
    }
    await follow(connection, follower, signal)
    if (options.reconnect === false) return
  }
}

/** No mpv, or one that was killed and left its socket, is what waiting is for; anything else the learner has to mend. */
function unusualReason(error: unknown, socketPath: string): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error) || !('code' in cause) || cause.code === 'ENOENT') return undefined
  if (cause.code !== 'ECONNREFUSED') return `mpv cannot be reached: ${cause.message}`
  const isSocket = statSync(socketPath, { throwIfNoEntry: false })?.isSocket() ?? true
  return isSocket ? undefined : `mpv cannot be reached: ${socketPath} is not a socket`
}

async function follow(connection: MpvConnection, follower: Follower, signal: AbortSignal): Promise<void> {
  const stop = () => {
    follower.stop('stopped')
    connection.close()
  }
  if (signal.aborted) return stop()
  signal.addEventListener('abort', stop, { once: true })
  follower.start(connection)
  await connection.closed
  follower.stop('closed')
  signal.removeEventListener('abort', stop)
}

interface Follower {
  start(connection: MpvConnection): void
  event(event: MpvEvent): void
  stop(reason: EndReason): void
}

function createFollower(options: FollowMpvOptions): Follower {
  const {
    tracker,
    language,
    isIgnored = () => false,
    onStatus,
    onNote,
    monotonicMs = () => performance.now(),
  } = options
  const values = new Map<string, unknown>()
  /** Properties that changed while their values were asked for: the change is the later word. */
  const changedMeanwhile = new Set<string>()
  /** Raised by each file that starts, so that answers about an earlier one are known as such. */
  let fileNumber = 0
  let file: OpenFile | undefined
  let ignoring = false
  /** A seek before the first picture is mpv's own: it resumes where the learner left off. */
  let pictureShown = false
  let connection: MpvConnection | undefined
  let positionTimer: NodeJS.Timeout | undefined
  let askedAtMs: number | undefined

  async function begin(startedAlready: boolean): Promise<void> {
    const number = fileNumber
    const asked = await askAll()
    // mpv answers a bundle of questions before it sends the events of meanwhile; ahead of one more answer they come.
    if (startedAlready) await connection?.get('path')
    // Attached while mpv is still opening the file: file-loaded will come.
    if (number !== fileNumber || (startedAlready && asked.get('time-pos') === undefined)) return
    const mpvPath = textOf(asked.get('path'))
    if (mpvPath === undefined || file !== undefined) return
    for (const [property, value] of asked) if (!changedMeanwhile.has(property)) set(property, value)
    pictureShown ||= startedAlready
    const location = locationOf(mpvPath, textOf(asked.get('working-directory')))
    ignoring = isIgnored(location)
    if (!ignoring) file = openFile({ location, values, tracker, language, monotonicMs })
    report()
  }

  async function askAll(): Promise<Map<string, unknown>> {
    changedMeanwhile.clear()
    const properties = ['path', 'working-directory', 'time-pos', ...FOLLOWED_PROPERTIES, ...FACT_PROPERTIES]
    const answers = properties.map(async (property) => [property, await connection?.get(property)] as const)
    return new Map(await Promise.all(answers))
  }

  function set(property: string, value: unknown): void {
    if (value === undefined || value === null) values.delete(property)
    else values.set(property, value)
  }

  function end(reason: EndReason): void {
    file?.end(reason)
    file = undefined
    ignoring = false
    pictureShown = false
    fileNumber++
    report()
  }

  function changed(property: string, value: unknown): void {
    if (PRESENCE.has(property)) {
      file?.presence()
      return
    }
    changedMeanwhile.add(property)
    // mpv says each value once when it is first observed; on a busy machine that comes after the answers about the file.
    if (isDeepStrictEqual(values.get(property), value ?? undefined)) return
    set(property, value)
    file?.changed(property)
    if (property !== 'sub-start' && property !== 'sub-end') report()
  }

  async function seekDone(): Promise<void> {
    const of = file
    if (of === undefined || !pictureShown) {
      pictureShown = true
      return
    }
    const seconds = numberOf(await connection?.get('time-pos'))
    if (of === file) of.seekDone(seconds)
  }

  async function askPosition(): Promise<void> {
    const of = file
    // Paused overnight, nothing moves and nothing has to be asked.
    if (of === undefined || of.status().state === 'paused') return
    if (askedAtMs !== undefined) {
      if (monotonicMs() - askedAtMs > HANGS_AFTER_MS) of.hanging(true)
      report()
      return
    }
    const sinceMs = monotonicMs()
    askedAtMs = sinceMs
    const seconds = numberOf(await connection?.get('time-pos'))
    askedAtMs = undefined
    if (monotonicMs() - sinceMs < HANGS_AFTER_MS) of.hanging(false)
    if (of === file && seconds !== undefined) of.position(seconds)
    report()
  }

  function report(): void {
    if (connection === undefined) return
    onStatus?.(file?.status() ?? { state: ignoring ? 'ignored' : 'idle', session: null })
  }

  return {
    start(opened) {
      connection = opened
      for (const property of [...FOLLOWED_PROPERTIES, ...FACT_PROPERTIES, ...PRESENCE_PROPERTIES])
        opened.observe(property)
      positionTimer = setInterval(askPosition, POSITION_INTERVAL_MS)
      report()
      void begin(true)
    },
    event(event) {
      switch (event.event) {
        case 'start-file':
          return end('stopped')
        case 'file-loaded':
          return void begin(false)
        case 'end-file':
          if (event.reason === 'error') onNote?.(`mpv could not play a file: ${event.fileError ?? 'unknown error'}`)
          return end(endReason(event.reason))
        case 'seek':
          return pictureShown ? file?.seekBegan() : undefined
        case 'playback-restart':
          return void seekDone()
        case 'property-change':
          return event.name === undefined ? undefined : changed(event.name, event.data)
        default:
          return
      }
    },
    stop(reason) {
      clearInterval(positionTimer)
      end(reason)
      connection = undefined
    },
  }
}

const PRESENCE: ReadonlySet<string> = new Set(PRESENCE_PROPERTIES)

/** mpv's word for it as ours; `redirect` (a playlist was opened) ends no session, because none had begun. */
function endReason(reason: string | undefined): EndReason {
  switch (reason) {
    case 'eof':
      return 'finished'
    case 'quit':
      return 'closed'
    case 'error':
      return 'error'
    default:
      return 'stopped'
  }
}
