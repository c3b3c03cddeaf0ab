// The one error class of the project. Every refusal, of input or of storage, is an ImmersionError with a stable code;
// error-codes.ts lists and explains the codes. An error crosses a thread, and is kept by diagnostics, as the plain ErrorShape that
// toJSON makes, because structured clone keeps neither class nor code; ImmersionError.from makes the error again.

import type { ERROR_CODES } from './error-codes.js'
import { plainRecord, stringOf } from './plain-data.js'
import { withoutSecret } from './secrets.js'

/** Stable: programs may branch on these. Messages may change, codes may not. */
export type ErrorCode = keyof typeof ERROR_CODES

/** An error as plain data. `structuredClone` and JSON give it back equal. Details that are not plain are given as text. */
export interface ErrorShape extends Pick<ImmersionError, 'code' | 'message' | 'hint' | 'details'> {
  /** The error that led to this one, if any. A chain of causes has at most 8 errors. */
  readonly cause?: ErrorShape | CauseShape
  /** Where a defect was thrown. Only errors with the code INTERNAL have it. */
  readonly stack?: string
}

/** A cause that is not an ImmersionError: an error of a driver, of the system, or of the host. */
export interface CauseShape {
  /** The error's own name, such as `TypeError`. */
  readonly name: string
  /** The words of the error, without secrets. */
  readonly message: string
  /** The code that the driver or the system gave it, such as `ECONNREFUSED` or `23505`. */
  readonly code?: string
  /** The error that led to this one, if any. */
  readonly cause?: ErrorShape | CauseShape
}

interface ErrorOptions {
  readonly hint?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** In place of the stack of the constructor's call. */
  readonly stack?: string | undefined
}

/** A ring of causes ends here. */
const CAUSES_MAX = 8

/**
 * The error of every refusal and every failure. Its code is stable. Its message is one or more sentences for a person, without
 * secrets, and may change from version to version.
 */
export class ImmersionError extends Error {
  /** Stable: a program may branch on it. */
  readonly code: ErrorCode
  /** What the reader can do about it: one sentence, empty when there is nothing to do. */
  readonly hint: string
  /** Facts about the failure, by name, such as `field`, `value` or `streamId`. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(withoutSecret(message), options.cause === undefined ? undefined : { cause: printable(options.cause) })
    this.name = 'ImmersionError'
    this.code = code
    this.hint = withoutSecret(options.hint ?? '')
    this.details = printableDetails(options.details ?? {})
    if (options.stack !== undefined) this.stack = withoutSecret(options.stack)
  }

  /**
   * The error that `toJSON` described, or the error for anything that was thrown: an ImmersionError is returned as it is,
   * a failed call of the system is STORAGE_FAILED, and everything else is INTERNAL, with the stack of where it was thrown.
   */
  static from(value: unknown): ImmersionError {
    if (value instanceof ImmersionError) return value
    if (isSystemError(value)) return new ImmersionError('STORAGE_FAILED', value.message, { cause: value })
    if (!isErrorShape(value)) return internalError(value)
    const { code, message, hint, details, stack } = value
    const cause = value.cause === undefined ? {} : { cause: causeOf(value.cause) }
    return new ImmersionError(code, message, { hint, details, stack, ...cause })
  }

  /** The error as plain data, as it crosses threads and is written as JSON. */
  toJSON(): ErrorShape {
    return shapeOf(this, CAUSES_MAX)
  }
}

/** Of the file system or the network, as Node.js reports it. */
function isSystemError(value: unknown): value is NodeJS.ErrnoException {
  return value instanceof Error && 'syscall' in value && 'errno' in value
}

function internalError(thrown: unknown): ImmersionError {
  return new ImmersionError('INTERNAL', thrown instanceof Error ? String(thrown.message) : stringOf(thrown), {
    hint: 'This is a defect of the program, or of a module or callback that it was given: the stack says where.',
    cause: thrown,
    stack: thrown instanceof Error ? thrown.stack : undefined,
  })
}

/** Also true of an ImmersionError of another copy of this package, as a module that a program adds may bring one. */
function isErrorShape(value: unknown): value is ErrorShape {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      ['code', 'message', 'hint'].every((key) => typeof Reflect.get(value, key) === 'string') &&
      typeof Reflect.get(value, 'details') === 'object'
    )
  } catch {
    // A proxy or a getter that throws.
    return false
  }
}

function shapeOf(error: ImmersionError, causesLeft: number): ErrorShape {
  const { code, message, hint, details, stack } = error
  return {
    ...{ code, message, hint, details: plainRecord(details) },
    ...causeShapeOf(error.cause, causesLeft - 1),
    ...(code === 'INTERNAL' && stack !== undefined && { stack }),
  }
}

function causeShapeOf(cause: unknown, causesLeft: number): { readonly cause?: ErrorShape | CauseShape } {
  if (cause === undefined || causesLeft <= 0) return {}
  if (cause instanceof ImmersionError) return { cause: shapeOf(cause, causesLeft) }
  if (!(cause instanceof Error)) return { cause: { name: typeof cause, message: withoutSecret(stringOf(cause)) } }
  const { name, message } = cause
  const code = 'code' in cause ? cause.code : undefined
  return {
    cause: {
      ...{ name: String(name), message: withoutSecret(String(message)) },
      ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
      ...causeShapeOf(cause.cause, causesLeft - 1),
    },
  }
}

function causeOf(shape: ErrorShape | CauseShape): Error {
  if ('hint' in shape) return ImmersionError.from(shape)
  const { name, message, code } = shape
  const error = new Error(message, shape.cause === undefined ? undefined : { cause: causeOf(shape.cause) })
  // The stack would be that of this function, which says nothing about the cause.
  error.stack = `${name}: ${message}`
  return Object.assign(error, { name }, code === undefined ? {} : { code })
}

/** As it is, or, where its words hold an address with credentials, these words without them. */
function printable(cause: unknown): unknown {
  const words = stringOf(cause)
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

export function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof ImmersionError && error.code === code
}
