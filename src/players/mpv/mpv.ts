// Follows mpv over its JSON IPC socket: waits for it, follows its files, and waits again when it is gone. Called by the
// command `track mpv`; calls the tracker through mpv-file.ts.
// States of a connection: nothing open → (file-loaded) requesting → file open → (end-file) nothing open. Between start-file
// and file-loaded most properties are unavailable, and a change of `path` alone proves nothing. So a file begins at
// file-loaded, with one round of requests, and their answers count only while no other file was started meanwhile.

import { statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { EndReason } from '../../events/types.js'
import { locationOf } from '../location.js'
import type { FollowOptions } from '../player-status.js'
import { MpvFile } from './mpv-file.js'
import { connectMpv, type MpvConnection, type MpvEvent } from './mpv-ipc.js'
import { FACT_PROPERTIES, FOLLOWED_PROPERTIES, numberOf, PRESENCE_PROPERTIES, textOf } from './mpv-properties.js'

/** The path that mpv's own manual uses. */
export const DEFAULT_MPV_SOCKET = process.platform === 'win32' ? '\\\\.\\pipe\\mpvsocket' : '/tmp/mpvsocket'
/** A learner who opens mpv does not notice half a second. */
const RETRY_MS = 500
/** One that was just started makes its socket after about 90 ms, and plays then. */
const STARTING_RETRY_MS = 25
/** The position is read once a second: often enough to be useful, rare enough for a battery. */
const POSITION_INTERVAL_MS = 1_000
/** Answers take a frame; after that long without one mpv hangs or is stopped. */
const HANGS_AFTER_MS = 4_000

interface FollowMpvOptions extends FollowOptions {
  readonly socketPath: string
  /** Whether an absolute path or a URL is ignored. An ignored file leaves no event. */
  readonly isIgnored?: (location: string) => boolean
  /** Comes back when mpv does; false: resolves when mpv is gone. Default true. */
  readonly reconnect?: boolean
}

/** Resolves when `signal` aborts, or when mpv is gone and `reconnect` is false. */
export async function followMpv(options: FollowMpvOptions): Promise<void> {
  const { socketPath, signal } = options
  let complaint: string | undefined
  while (!signal.aborted) {
    options.onStatus?.({ state: 'waiting', session: null })
    const follower = new Follower(options)
    const connection = await connectMpv(socketPath, (event) => follower.event(event)).catch((error) => {
      const reason = unusualReason(error, socketPath)
      if (reason !== undefined && reason !== complaint) options.onNote?.(reason)
      complaint = reason
      return undefined
    })
    if (connection === undefined) {
      const retryMs = options.reconnect === false ? STARTING_RETRY_MS : RETRY_MS
      await delay(retryMs, undefined, { signal }).catch(() => {}) // ends at once when tracking stops
      continue
    }
    await follow(connection, follower, signal)
    if (options.reconnect === false) return
  }
}

/** Undefined if mpv does not run, ends just now, or was killed and left its socket; the learner has to repair anything else. */
function unusualReason(error: unknown, socketPath: string): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error) || !('code' in cause) || ENDS_OR_ABSENT.has(cause.code)) return undefined
  if (cause.code !== 'ECONNREFUSED') return `mpv cannot be reached: ${cause.message}`
  const isSocket = statSync(socketPath, { throwIfNoEntry: false })?.isSocket() ?? true
  return isSocket ? undefined : `mpv cannot be reached: ${socketPath} is not a socket`
}

/** EPIPE and ECONNRESET: mpv ended before it accepted the connection. */
const ENDS_OR_ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNRESET', 'EPIPE'])

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

const monotonicMs = () => performance.now()

class Follower {
  readonly #options: FollowMpvOptions
  readonly #values = new Map<string, unknown>()
  /** Properties that changed while their values were requested: the change is the later value. */
  readonly #changedMeanwhile = new Set<string>()
  /** Raised by each file that starts, so that answers about an earlier file are recognised. */
  #fileNumber = 0
  #file: MpvFile | undefined
  #isIgnoring = false
  /** A seek before the first picture is mpv's own: it resumes where the learner left off. */
  #pictureShown = false
  #connection: MpvConnection | undefined
  #positionTimer: NodeJS.Timeout | undefined
  #positionRequestedAtMs: number | undefined

  constructor(options: FollowMpvOptions) {
    this.#options = options
  }

  start(connection: MpvConnection): void {
    this.#connection = connection
    for (const property of [...FOLLOWED_PROPERTIES, ...FACT_PROPERTIES, ...PRESENCE_PROPERTIES]) {
      connection.observe(property)
    }
    this.#positionTimer = setInterval(() => this.#requestPosition(), POSITION_INTERVAL_MS)
    this.#report()
    void this.#begin(true)
  }

  event(event: MpvEvent): void {
    switch (event.event) {
      case 'start-file':
        this.#end('stopped')
        break
      case 'file-loaded':
        void this.#begin(false)
        break
      case 'end-file':
        if (event.reason === 'error') {
          this.#options.onNote?.(`mpv could not play a file: ${event.fileError ?? 'unknown error'}`)
        }
        this.#end(END_REASONS.get(event.reason) ?? 'stopped')
        break
      case 'seek':
        if (this.#pictureShown) this.#file?.seekBegan()
        break
      case 'playback-restart':
        void this.#seekDone()
        break
      case 'property-change':
        if (event.name !== undefined) this.#changed(event.name, event.data)
    }
  }

  stop(reason: EndReason): void {
    clearInterval(this.#positionTimer)
    this.#end(reason)
    this.#connection = undefined
  }

  async #begin(startedAlready: boolean): Promise<void> {
    const number = this.#fileNumber
    const answers = await this.#requestAll()
    // mpv answers several requests before it sends the events that happened meanwhile. After one more answer they are here.
    if (startedAlready) await this.#connection?.get('path')
    // Attached while mpv is still opening the file: file-loaded will come.
    if (number !== this.#fileNumber || (startedAlready && answers.get('time-pos') === undefined)) return
    const mpvPath = textOf(answers.get('path'))
    if (mpvPath === undefined || this.#file !== undefined) return
    for (const [property, value] of answers) if (!this.#changedMeanwhile.has(property)) this.#set(property, value)
    this.#pictureShown ||= startedAlready
    const location = locationOf(mpvPath, textOf(answers.get('working-directory')), this.#options.isVolatile)
    const { tracker, language, isIgnored } = this.#options
    const values = this.#values
    this.#isIgnoring = isIgnored?.(location) ?? false
    if (!this.#isIgnoring) this.#file = new MpvFile({ location, values, tracker, language, monotonicMs })
    this.#report()
  }

  async #requestAll(): Promise<Map<string, unknown>> {
    this.#changedMeanwhile.clear()
    const properties = ['path', 'working-directory', 'time-pos', ...FOLLOWED_PROPERTIES, ...FACT_PROPERTIES]
    const answers = properties.map(async (property) => [property, await this.#connection?.get(property)] as const)
    return new Map(await Promise.all(answers))
  }

  #set(property: string, value: unknown): void {
    if (value === undefined || value === null) this.#values.delete(property)
    else this.#values.set(property, value)
  }

  #end(reason: EndReason): void {
    this.#file?.end(reason)
    this.#file = undefined
    this.#isIgnoring = false
    this.#pictureShown = false
    this.#fileNumber++
    this.#report()
  }

  #changed(property: string, value: unknown): void {
    if (PRESENCE.has(property)) {
      this.#file?.presence()
      return
    }
    this.#changedMeanwhile.add(property)
    // mpv reports each value once when it is first observed; on a busy machine that comes after the answers about the file.
    if (isDeepStrictEqual(this.#values.get(property), value ?? undefined)) return
    this.#set(property, value)
    this.#file?.changed(property)
    if (property !== 'sub-start' && property !== 'sub-end') this.#report()
  }

  async #seekDone(): Promise<void> {
    const file = this.#file
    if (file === undefined || !this.#pictureShown) {
      this.#pictureShown = true
      return
    }
    const seconds = numberOf(await this.#connection?.get('time-pos'))
    if (file === this.#file) file.seekDone(seconds)
  }

  async #requestPosition(): Promise<void> {
    const file = this.#file
    // Paused overnight, nothing moves and nothing has to be requested.
    if (file === undefined || file.status().state === 'paused') return
    if (this.#positionRequestedAtMs !== undefined) {
      if (monotonicMs() - this.#positionRequestedAtMs > HANGS_AFTER_MS) file.hanging(true)
      this.#report()
      return
    }
    const sinceMs = monotonicMs()
    this.#positionRequestedAtMs = sinceMs
    const seconds = numberOf(await this.#connection?.get('time-pos'))
    this.#positionRequestedAtMs = undefined
    if (monotonicMs() - sinceMs < HANGS_AFTER_MS) file.hanging(false)
    if (file === this.#file && seconds !== undefined) file.position(seconds)
    this.#report()
  }

  #report(): void {
    if (this.#connection === undefined) return
    this.#options.onStatus?.(this.#file?.status() ?? { state: this.#isIgnoring ? 'ignored' : 'idle', session: null })
  }
}

const PRESENCE: ReadonlySet<string> = new Set(PRESENCE_PROPERTIES)

/** Others are `stopped`; `redirect` (a playlist was opened) ends no session, because none had begun. */
const END_REASONS: ReadonlyMap<string | undefined, EndReason> = new Map([
  ['eof', 'finished'],
  ['quit', 'closed'],
  ['error', 'error'],
])
