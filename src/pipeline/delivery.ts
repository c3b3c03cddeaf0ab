// Sends one batch until each of its events is acknowledged or set aside, however long that takes. Never gives up.
//
// A batch is a list of pieces, at first of one. A piece is sent → acknowledged, or failed → waits → sent again. One whose
// failures look like the fault of an event is split until that event stands alone; it is then recorded without its
// payload, or, where that is refused as well, left out. A piece that fails goes to the end of the list, so that it does
// not hold up the others: that they succeed is what tells a bad event from a bad database.

import { firstValueFrom, race, type SchedulerLike, Subject, timer } from 'rxjs'
import { type ErrorCode, ImmersionError } from '../events/errors.js'
import type { TrackingEvent, VersionedEvent } from '../events/types.js'
import type { Admission } from './admission.js'
import type { DiagnosticsRecorder } from './diagnostics.js'
import type { AdmittedEvent } from './shed-sums.js'

export interface DeliveryOptions {
  readonly admission: Admission
  readonly diagnostics: DiagnosticsRecorder
  /** Resolves when these are committed. Sent again, they are no-ops. */
  readonly send: (events: readonly VersionedEvent[]) => Promise<unknown>
  /** The event without its payload, its measures counted: what is recorded of an event that the database refuses. */
  readonly withoutPayload: (event: TrackingEvent) => TrackingEvent
  readonly elapsedMs: () => number
  readonly random: () => number
  readonly scheduler: SchedulerLike
}

export interface Delivery {
  /** Resolves when nothing of the batch is left, or after stop(). */
  deliver(batch: readonly BatchEvent[]): Promise<void>
  /** Whether some batch has failed and is still to be delivered. */
  isRetrying(): boolean
  /** What waits for its next try is tried now. */
  retryNow(): void
  stop(): void
}

export interface BatchEvent extends VersionedEvent {
  readonly admitted: AdmittedEvent
}

/** A batch or a part of one. */
interface Piece {
  readonly events: readonly BatchEvent[]
  readonly attempts: number
  /** How many pieces had succeeded when this one, or what it was split from, first failed. */
  readonly successesAtFirstFailure: number
  /** And how many when it last failed: more than at first means that the database was at work in between. */
  readonly successesAtLastFailure: number
  /** Set where this is a refused event that is now recorded without its payload: what was refused, and why. */
  readonly refusal?: { readonly event: BatchEvent; readonly error: unknown }
}

const FRESH = { attempts: 0, successesAtFirstFailure: 0, successesAtLastFailure: 0 }

const RETRY_FIRST_MS = 100
/** Long enough to leave a broken database in peace, short enough that a mended one is noticed. */
const RETRY_MAX_MS = 5000
/** After this many failures of one batch an event in it is suspected. */
const ATTEMPTS_BEFORE_SPLIT = 5
const ATTEMPTS_OF_A_HALF = 2
/** These say that the database cannot write anything now; no event is suspected for them. */
const NOBODYS_FAULT: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_BUSY',
  'STORAGE_UNAVAILABLE',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORAGE_CORRUPT',
  'SCHEMA_NEWER',
  'DRIVER_MISSING',
  'UNKNOWN_PROVIDER',
  'STORE_CLOSED',
])

export function createDelivery(options: DeliveryOptions): Delivery {
  const { admission, diagnostics } = options
  const retried = new Subject<void>()
  const stopped = new Subject<void>()
  const failing = new Set<readonly BatchEvent[]>()
  let successes = 0
  let isStopped = false

  async function deliver(batch: readonly BatchEvent[]): Promise<void> {
    const pieces: Piece[] = [{ events: batch, ...FRESH }]
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      const sentAtMs = options.elapsedMs()
      const error = await errorOf(options.send(piece.events))
      if (isStopped) return
      if (error === undefined) {
        succeeded(piece, options.elapsedMs() - sentAtMs)
      } else {
        failing.add(batch)
        pieces.push(...afterFailure(piece, error))
        if (pieces[0]?.attempts) await pause(pieces[0].attempts, error)
        if (isStopped) return
      }
    }
    failing.delete(batch)
    if (failing.size === 0) diagnostics.setState('ok')
  }

  function succeeded(piece: Piece, elapsedMs: number): void {
    successes += 1
    if (piece.refusal === undefined) {
      admission.settle(piece.events.map(({ admitted }) => admitted))
      diagnostics.acknowledged(piece.events, elapsedMs)
    } else {
      setAside(piece.refusal.event, piece.refusal.error, true)
    }
    retried.next()
  }

  /** What is still to be sent of a piece that failed. */
  function afterFailure(piece: Piece, error: unknown): readonly Piece[] {
    if (isRefusal(error)) {
      const refused = refusedEvent(piece, error)
      return refused === undefined ? halves(piece) : withoutRefused(piece, refused, error)
    }
    diagnostics.setState('retrying')
    const attempts = piece.attempts + 1
    const successesAtFirstFailure = piece.attempts === 0 ? successes : piece.successesAtFirstFailure
    const failed = { ...piece, attempts, successesAtFirstFailure, successesAtLastFailure: successes }
    if (attempts < ATTEMPTS_BEFORE_SPLIT || !isSuspicious(error)) return [failed]
    if (piece.events.length > 1) return halves({ ...failed, attempts: ATTEMPTS_BEFORE_SPLIT - ATTEMPTS_OF_A_HALF })
    // One event alone: it is at fault if it fails although others were written since; else the database is, and it waits.
    const [event] = piece.events
    const othersWereWritten = piece.successesAtLastFailure > piece.successesAtFirstFailure
    return event !== undefined && othersWereWritten ? withoutRefused(piece, event, error) : [failed]
  }

  function withoutRefused(piece: Piece, refused: BatchEvent, error: unknown): readonly Piece[] {
    const rest = piece.events.filter((event) => event !== refused)
    const pieces: Piece[] = rest.length > 0 ? [{ ...FRESH, events: rest }] : []
    if (piece.refusal !== undefined) {
      setAside(piece.refusal.event, piece.refusal.error, false)
    } else if (refused.event.payload === null || codeOf(error) === 'VERSION_CONFLICT') {
      setAside(refused, error, false)
    } else {
      const stripped = { ...refused, event: options.withoutPayload(refused.event) }
      pieces.push({ ...FRESH, events: [stripped], refusal: { event: refused, error } })
    }
    return pieces
  }

  function setAside({ event, version, admitted }: BatchEvent, error: unknown, recordedWithoutPayload: boolean): void {
    admission.settle([admitted])
    diagnostics.setAside({
      event: { ...event, version },
      error: ImmersionError.from(error).toJSON(),
      recordedWithoutPayload,
    })
  }

  async function pause(attempts: number, error: unknown): Promise<void> {
    const delayMs = retryDelayMs(attempts, options.random())
    diagnostics.retry(error, attempts, delayMs)
    await firstValueFrom(race(timer(delayMs, options.scheduler), retried, stopped))
  }

  return {
    deliver,
    isRetrying: () => failing.size > 0,
    retryNow: () => retried.next(),
    stop() {
      isStopped = true
      stopped.next()
    },
  }
}

/** What it failed with, or undefined where it did not. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error ?? new ImmersionError('STORAGE_FAILED', 'a write failed without saying why')
  }
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof ImmersionError ? error.code : 'STORAGE_FAILED'
}

function isRefusal(error: unknown): boolean {
  return codeOf(error) === 'EVENT_REFUSED' || codeOf(error) === 'VERSION_CONFLICT'
}

function isSuspicious(error: unknown): boolean {
  return !NOBODYS_FAULT.has(codeOf(error))
}

function refusedEvent(piece: Piece, error: unknown): BatchEvent | undefined {
  if (piece.events.length === 1) return piece.events[0]
  const details = error instanceof ImmersionError ? error.details : {}
  return piece.events.find(({ event, version }) => event.streamId === details.streamId && version === details.version)
}

function halves(piece: Piece): readonly Piece[] {
  const middle = Math.ceil(piece.events.length / 2)
  return [
    { ...piece, events: piece.events.slice(0, middle) },
    { ...piece, events: piece.events.slice(middle) },
  ]
}

/** Doubles from attempt to attempt up to the limit; the random half keeps several programs on one file apart. */
export function retryDelayMs(attempts: number, random: number): number {
  return Math.round(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (attempts - 1)) * (0.5 + random / 2))
}
