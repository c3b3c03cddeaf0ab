// One connection to mpv's JSON IPC: a line of JSON each way, answers joined to requests by id. Called by mpv.ts, which
// makes a new connection when mpv comes back. What mpv sends is not trusted: strings may be invalid UTF-8 (mpv passes file
// names and subtitles through as they are), a line may be no JSON, and an endless line must not fill the memory.
// States: connecting → open → closed, for good. Once closed, every request answers `undefined`.

import * as net from 'node:net'
import { ImmersionError } from '../../events/errors.js'

/** A playlist of thousands is some hundred kB; a longer line is passed over. */
const LINE_MAX_BYTES = 4 * 1024 * 1024
/** mpv answers within a frame; one that takes longer hangs, and the question is given up. */
const ANSWER_TIMEOUT_MS = 5_000
/** More open questions than that only pile up when mpv hangs. */
const QUESTIONS_MAX = 256

/** An event as mpv sends it; `data` is undefined where it is absent, which says that a property is unavailable. */
export interface MpvEvent {
  readonly event: string
  /** Of a property-change. */
  readonly name?: string
  readonly data?: unknown
  /** Of an end-file. */
  readonly reason?: string
  readonly fileError?: string
}

export interface MpvConnection {
  /** The value of a property; undefined where it is unavailable, or mpv does not answer. */
  get(property: string): Promise<unknown>
  /** From now on each change comes as an event `property-change`; the first one says how it stands. */
  observe(property: string): void
  /** True when mpv says that it did it. */
  command(...words: readonly (string | number | boolean)[]): Promise<boolean>
  /** Resolves when the connection is gone, whoever closed it. */
  readonly closed: Promise<void>
  close(): void
}

/** Resolves once connected. PLAYER_UNAVAILABLE when nothing answers there. */
export function connectMpv(socketPath: string, onEvent: (event: MpvEvent) => void): Promise<MpvConnection> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath)
    const refused = (cause: Error) => {
      socket.destroy()
      reject(
        new ImmersionError('PLAYER_UNAVAILABLE', `no mpv answers at ${socketPath}`, { cause, details: { socketPath } }),
      )
    }
    socket.once('error', refused)
    socket.once('connect', () => {
      socket.off('error', refused)
      resolve(openConnection(socket, onEvent))
    })
  })
}

function openConnection(socket: net.Socket, onEvent: (event: MpvEvent) => void): MpvConnection {
  const questions = new Map<number, (answer: Readonly<Record<string, unknown>> | undefined) => void>()
  let lastId = 0

  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      for (const settle of [...questions.values()]) settle(undefined)
      resolve()
    })
  })
  // What happened to the socket is of no interest: `close` follows, and that says all there is to say.
  socket.on('error', () => socket.destroy())
  socket.on(
    'data',
    splitLines((line) => {
      const message = parseMessage(line)
      if (message === undefined) return
      if (typeof message.event === 'string') onEvent(eventOf(message.event, message))
      else if (typeof message.request_id === 'number') questions.get(message.request_id)?.(message)
    }),
  )

  function ask(command: readonly unknown[]): Promise<Readonly<Record<string, unknown>> | undefined> {
    return new Promise((resolve) => {
      if (socket.destroyed || questions.size >= QUESTIONS_MAX) {
        resolve(undefined)
        return
      }
      const id = ++lastId
      const timer = setTimeout(() => settle(undefined), ANSWER_TIMEOUT_MS)
      const settle = (answer: Readonly<Record<string, unknown>> | undefined) => {
        clearTimeout(timer)
        questions.delete(id)
        resolve(answer)
      }
      questions.set(id, settle)
      socket.write(`${JSON.stringify({ command, request_id: id })}\n`)
    })
  }

  return {
    async get(property) {
      const answer = await ask(['get_property', property])
      return answer?.error === 'success' ? answer.data : undefined
    },
    observe(property) {
      void ask(['observe_property', lastId + 1, property])
    },
    async command(...words) {
      return (await ask(words))?.error === 'success'
    },
    closed,
    close: () => socket.destroy(),
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

/** Bytes that are no UTF-8 become U+FFFD; a line that is no JSON object is nothing. */
function parseMessage(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const message: unknown = JSON.parse(line.toString('utf8'))
    return typeof message === 'object' && message !== null ? { ...message } : undefined
  } catch {
    return undefined
  }
}

function eventOf(event: string, message: Readonly<Record<string, unknown>>): MpvEvent {
  const { name, data, reason, file_error: fileError } = message
  return {
    event,
    data,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof fileError === 'string' ? { fileError } : {}),
  }
}
