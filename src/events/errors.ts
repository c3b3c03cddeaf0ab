// The one error class of the project. Every refusal, of input or of storage, is an ImmersionError with a stable code;
// docs/reference/errors.md lists the codes. Errors cross the worker boundary as ErrorShape, because structured clone keeps
// neither class nor code.

import { withoutSecret } from './secrets.js'

/** Stable: programs may branch on these. Messages may change, codes may not. */
export type ErrorCode =
  | 'INVALID_ARGUMENT' // a value is outside its documented shape or range
  | 'INVALID_TEXT' // a key holds NUL or a lone surrogate
  | 'INVALID_CONFIG' // configuration names an unknown key or a value that is not allowed
  | 'UNKNOWN_EVENT_TYPE' // neither a type of this version nor an open name under `x.`
  | 'UNKNOWN_PROVIDER' // storage.provider names nothing that is installed
  | 'UNKNOWN_PROJECTION'
  | 'UNKNOWN_SESSION'
  | 'UNKNOWN_VIDEO'
  | 'VERSION_CONFLICT' // (streamId, version) is stored with other content
  | 'EVENT_REFUSED' // the database refuses one event for itself (details: streamId, version); it is set aside
  | 'QUEUE_FULL' // admission is at its cap and refuses a new session
  | 'STORE_CLOSED'
  | 'CLOSE_TIMEOUT' // close or flush gave up waiting; details say what was left
  | 'STORAGE_UNAVAILABLE' // cannot be opened or reached, worth trying again
  | 'STORAGE_BUSY' // locked by another process, worth trying again
  | 'STORAGE_FULL'
  | 'STORAGE_READ_ONLY'
  | 'STORAGE_CORRUPT'
  | 'STORAGE_FAILED' // any other failure of the database, see cause
  | 'SCHEMA_NEWER' // the database was written by a newer version of this program
  | 'DRIVER_MISSING' // the database driver's package cannot be loaded
  | 'WORKER_FAILED' // the worker thread died and could not be started again
  | 'IMPORT_INVALID' // a line of an import is not what it has to be
  | 'PLAYER_UNAVAILABLE' // the player's socket or program cannot be reached

export interface ErrorShape {
  readonly code: ErrorCode
  readonly message: string
  /** What the reader can do about it. One sentence, empty when there is nothing to do. */
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
  readonly cause?: string
}

export class ImmersionError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly hint?: string
      readonly details?: Readonly<Record<string, unknown>>
      readonly cause?: unknown
    } = {},
  ) {
    super(withoutSecret(message), options.cause === undefined ? undefined : { cause: printable(options.cause) })
    this.name = 'ImmersionError'
    this.code = code
    this.hint = withoutSecret(options.hint ?? '')
    this.details = printableDetails(options.details ?? {})
  }
}

/** As it is, or, where its words hold an address with credentials, these words without them. */
function printable(cause: unknown): unknown {
  const words = String(cause)
  const shown = withoutSecret(words)
  return shown === words ? cause : new Error(shown)
}

function printableDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(details)
  if (!entries.some(([, value]) => typeof value === 'string' && withoutSecret(value) !== value)) return details
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? withoutSecret(value) : value]),
  )
}

/** The form in which an error crosses a thread: plain, with its code. Anything that is not ours is STORAGE_FAILED. */
export function errorToShape(error: unknown): ErrorShape {
  if (error instanceof ImmersionError) {
    const cause = error.cause === undefined ? {} : { cause: String(error.cause) }
    return { code: error.code, message: error.message, hint: error.hint, details: error.details, ...cause }
  }
  const message = withoutSecret(error instanceof Error ? error.message : String(error))
  return { code: 'STORAGE_FAILED', message, hint: '', details: {}, cause: withoutSecret(String(error)) }
}

export function errorFromShape(shape: ErrorShape): ImmersionError {
  return new ImmersionError(shape.code, shape.message, { hint: shape.hint, details: shape.details, cause: shape.cause })
}
