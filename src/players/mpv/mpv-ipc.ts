// One connection to mpv's JSON IPC: a line of JSON each way, answers joined to requests by id. Called by mpv.ts, which
// makes a new connection when mpv comes back. What mpv sends is not trusted: strings may be invalid UTF-8 (mpv passes file
// names and subtitles through as they are), a line may be no JSON, and an endless line must not fill the memory.
// States: connecting → open → closed, for good. Once closed, every request answers `undefined`.

import { once } from 'node:events'
import * as net from 'node:net'
import { ImmersionError } from '../../events/errors.js'

/** A playlist of thousands is some hundred kB; a longer line is passed over. */
const LINE_MAX_BYTES = 4 * 1024 * 1024
/** mpv answers within a frame; one that takes longer hangs, and the request is given up. */
const ANSWER_TIMEOUT_MS = 5_000
/** More open requests than that only pile up when mpv hangs. */
const REQUESTS_MAX = 256

/** An event as mpv sends it. `data` is undefined where it is absent: the property is unavailable. */
export interface MpvEvent {
  readonly event: string
  /** Of a property-change. */
  readonly name?: string
  readonly data?: unknown
  /** Of an end-file. */
  readonly reason?: string
  readonly fileError?: string
}

/** Resolves once connected. PLAYER_UNAVAILABLE when nothing answers there. */
export async function connectMpv(socketPath: string, onEvent: (event: MpvEvent) => void): Promise<MpvConnection> {
  const socket = net.connect(socketPath)
  try {
    await once(socket, 'connect')
  } catch (cause) {
    socket.destroy()
    throw new ImmersionError('PLAYER_UNAVAILABLE', `no mpv answers at ${socketPath}`, {
      cause,
      details: { socketPath },
    })
  }
  return new MpvConnection(socket, onEvent)
}

type Message = Readonly<Record<string, unknown>>

export class MpvConnection {
  readonly #socket: net.Socket
  /** Open requests by id. */
  readonly #requests = new Map<number, (answer: Message | undefined) => void>()
  #lastId = 0
  /** Resolves when the connection is gone, whichever side closed it. */
  readonly closed: Promise<void>

  /** The socket is connected. */
  constructor(socket: net.Socket, onEvent: (event: MpvEvent) => void) {
    this.#socket = socket
    this.closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        for (const answer of [...this.#requests.values()]) answer(undefined)
        resolve()
      })
    })
    // The reason is of no interest: `close` follows, and that is all there is to report.
    socket.on('error', () => socket.destroy())
    socket.on(
      'data',
      splitLines((line) => {
        const message = parseMessage(line)
        if (message === undefined) return
        if (typeof message.event === 'string') onEvent(eventOf(message.event, message))
        else if (typeof message.request_id === 'number') this.#requests.get(message.request_id)?.(message)
      }),
    )
  }

  /** The value of a property; undefined where it is unavailable, or mpv does not answer. */
  async get(property: string): Promise<unknown> {
    const answer = await this.#request(['get_property', property])
    return answer?.error === 'success' ? answer.data : undefined
  }

  /** From now on each change arrives as an event `property-change`; the first one gives the present value. */
  observe(property: string): void {
    void this.#request(['observe_property', this.#lastId + 1, property])
  }

  /** True when mpv reports success. */
  async command(...words: readonly (string | number | boolean)[]): Promise<boolean> {
    return (await this.#request(words))?.error === 'success'
  }

  close(): void {
    this.#socket.destroy()
  }

  #request(command: readonly unknown[]): Promise<Message | undefined> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed || this.#requests.size >= REQUESTS_MAX) {
        resolve(undefined)
        return
      }
      const id = ++this.#lastId
      const answered = (answer: Message | undefined) => {
        clearTimeout(timer)
        this.#requests.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(() => answered(undefined), ANSWER_TIMEOUT_MS)
      this.#requests.set(id, answered)
      this.#socket.write(`${JSON.stringify({ command, request_id: id })}\n`)
    })
  }
}

/** Cuts bytes into lines. A line past the limit is passed over up to its end. */
function splitLines(onLine: (line: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer[] = []
  let restBytes = 0
  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      const tail = chunk.subarray(from, end)
      if (restBytes + tail.length <= LINE_MAX_BYTES) onLine(restBytes === 0 ? tail : Buffer.concat([...rest, tail]))
      rest = []
      restBytes = 0
      from = end + 1
    }
    const tail = chunk.subarray(from)
    restBytes += tail.length
    if (restBytes <= LINE_MAX_BYTES) rest.push(tail)
    else rest = []
  }
}

/** Bytes that are not UTF-8 become U+FFFD. A line that is not a JSON object is no message. */
function parseMessage(line: Buffer): Message | undefined {
  try {
    const message: unknown = JSON.parse(line.toString('utf8'))
    return typeof message === 'object' && message !== null ? { ...message } : undefined
  } catch {
    return undefined
  }
}

function eventOf(event: string, message: Message): MpvEvent {
  const { name, data, reason, file_error: fileError } = message
  return {
    event,
    data,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof fileError === 'string' ? { fileError } : {}),
  }
}
