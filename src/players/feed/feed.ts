// Follows a text feed over WebSocket, as text hookers and players' text pages offer it: each message is a line that the
// learner reads. Called by the command `track feed`.
// States: waiting (no connection, tried again with growing pauses) → listening → waiting. A session begins with the first
// line and ends when the feed closes, or by itself 30 minutes after its last line; the next line then begins another.

import { setTimeout as delay } from 'node:timers/promises'
import WebSocket from 'ws'
import type { TrackedSession } from '../../ports/tracker-types.js'
import { plainAddress } from '../address.js'
import { createScriptGuess } from '../language.js'
import type { FollowOptions, PlayerStatus } from '../player-status.js'

/** The first pause before another attempt; each one after that is twice as long, up to the last. */
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 15_000
/** A line of a novel is some hundred bytes; a message of that size is no line. */
const MESSAGE_MAX_BYTES = 256 * 1024
/** A server that takes longer to shake hands is as good as none. */
const HANDSHAKE_TIMEOUT_MS = 10_000

export interface FollowFeedOptions extends FollowOptions {
  /** `ws://` or `wss://`. */
  readonly url: string
  /** Title of the text that is read, and its key. Default: the feed's address is both. */
  readonly title?: string | undefined
  /** First pause between attempts; default 500 ms. */
  readonly retryFirstMs?: number
}

/** Resolves when `signal` aborts. */
export async function followFeed(options: FollowFeedOptions): Promise<void> {
  const { url, signal, retryFirstMs = RETRY_FIRST_MS } = options
  const reader = new Reader(options)
  let retryMs = retryFirstMs
  while (!signal.aborted) {
    reader.report('waiting')
    const wasOpen = await listen(url, reader, signal)
    reader.end(signal.aborted ? 'stopped' : 'closed')
    retryMs = wasOpen ? retryFirstMs : Math.min(retryMs * 2, RETRY_MAX_MS)
    await delay(retryMs, undefined, { signal }).catch(() => {}) // ends at once when tracking stops
  }
}

/** One connection, from the attempt to its end; true when it was made. */
function listen(url: string, reader: Reader, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { maxPayload: MESSAGE_MAX_BYTES, handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
    let wasOpen = false
    const stop = () => socket.terminate()
    signal.addEventListener('abort', stop, { once: true })
    socket.on('open', () => {
      wasOpen = true
      reader.report('listening')
    })
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? undefined : feedLine(data.toString())
      if (text !== undefined) reader.line(text)
    })
    // `close` follows, and the next attempt is all that there is to do about it.
    socket.on('error', () => {})
    socket.on('close', () => {
      signal.removeEventListener('abort', stop)
      resolve(wasOpen)
    })
  })
}

class Reader {
  readonly #options: FollowFeedOptions
  readonly #address: string
  readonly #title: string
  #session: { readonly tracked: TrackedSession; language: string | undefined } | undefined
  #guess = createScriptGuess()
  /** Feeds repeat a line when a page is drawn again, and the last one to everybody who connects. */
  #lastText: string | undefined

  constructor(options: FollowFeedOptions) {
    this.#options = options
    this.#address = plainAddress(options.url, options.isVolatile)
    this.#title = options.title ?? this.#address.replace(/^wss?:\/\//, '')
  }

  report(state: PlayerStatus['state']): void {
    const session = this.#session
    const language = session?.language ?? null
    this.#options.onStatus?.({
      state,
      session: session === undefined ? null : { sessionId: session.tracked.sessionId, title: this.#title, language },
    })
  }

  line(text: string): void {
    if (text === this.#lastText) return
    this.#lastText = text
    if (this.#session?.tracked.isOpen === false) this.#forgetSession()
    const language = this.#options.language ?? this.#guess(text)
    const session = this.#session ?? this.#begin(language)
    if (language !== undefined && session.language !== language) {
      session.language = language
      session.tracked.describe({ targetLanguage: language })
    }
    session.tracked.line({ text })
    this.report('listening')
  }

  end(reason: 'closed' | 'stopped'): void {
    this.#session?.tracked.end(reason)
    this.#forgetSession()
  }

  #forgetSession(): void {
    this.#session = undefined
    this.#guess = createScriptGuess()
  }

  #begin(language: string | undefined) {
    const tracked = this.#options.tracker.startSession({
      videoKey: this.#options.title === undefined ? `remote:${this.#address}` : `feed:${this.#title}`,
      video: { title: this.#title, sourceType: 'remote', url: this.#address },
      mode: 'reading',
      ...(language === undefined ? {} : { targetLanguage: language }),
    })
    this.#session = { tracked, language }
    return this.#session
  }
}

/** The line in one message, trimmed; undefined where it has none. It is plain text, or JSON with `text` or `sentence`. */
export function feedLine(message: string): string | undefined {
  const text = lineOf(message.trim()).trim()
  return text === '' ? undefined : text
}

/** JSON of any other form (a greeting, a heartbeat) has no line. Text that only looks like JSON is a line. */
function lineOf(message: string): string {
  if (!/^[{"]/.test(message)) return message
  let content: unknown
  try {
    content = JSON.parse(message)
  } catch {
    return message
  }
  if (typeof content === 'string') return content
  if (typeof content !== 'object' || content === null) return ''
  if ('text' in content && typeof content.text === 'string') return content.text
  if ('sentence' in content && typeof content.sentence === 'string') return content.sentence
  return ''
}
