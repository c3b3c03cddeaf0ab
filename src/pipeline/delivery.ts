// Sends one batch until each of its events is acknowledged or set aside. While the database is at fault it never gives up.
//
// A batch is a list of pieces, at first of one. A piece is sent → acknowledged, or failed → waits → sent again. When
// an event seems to cause the failures, the piece is split until that event is alone. The event is then recorded without
// its payload. If that is refused too, the event is left out. A piece that fails goes to the end of the list, so that it
// does not hold up the others: their success tells a bad event from a bad database.

import { firstValueFrom, race, type SchedulerLike, Subject, timer } from 'rxjs'
import { countedMeasures } from '../events/counting.js'
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
  readonly elapsedMs: () => number
  /** From 0 inclusive to 1 exclusive: spreads retries. */
  readonly random: () => number
  readonly scheduler: SchedulerLike
}

export interface BatchEvent extends VersionedEvent {
  readonly admitted: AdmittedEvent
}

/** A batch or a part of one. */
interface Piece {
  readonly events: readonly BatchEvent[]
  readonly attempts: number
  /** How many pieces had succeeded when this one, or the piece that it was split from, first failed. */
  readonly successesAtFirstFailure: number
  /** How many had succeeded when it last failed. If more than at first, the database worked in between. */
  readonly successesAtLastFailure: number
  /** A defect was met so often that one of the events is to blame: the next defect is not tried again. */
  readonly metDefect: boolean
  /** Set where this is a refused event that is now recorded without its payload: the event and the reason. */
  readonly refusal?: { readonly event: BatchEvent; readonly error: unknown }
}

const FRESH = { attempts: 0, successesAtFirstFailure: 0, successesAtLastFailure: 0, metDefect: false }

const RETRY_FIRST_MS = 100
/** Long enough to leave a broken database in peace, short enough that a repaired one is noticed. */
const RETRY_MAX_MS = 5000
/** After this many failures of one batch an event in it is suspected. */
const ATTEMPTS_BEFORE_SPLIT = 5
const ATTEMPTS_OF_A_HALF = 2
/** A defect of the program itself rarely goes away, so it is tried less often. */
const ATTEMPTS_OF_A_DEFECT = 3
/** With these codes the database cannot write anything now, so no event is suspected. */
const NO_EVENTS_FAULT: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_BUSY',
  'STORAGE_UNAVAILABLE',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORAGE_CORRUPT',
  'STORAGE_REPLACED',
  'STORAGE_UNSUPPORTED',
  'SCHEMA_NEWER',
  'DRIVER_MISSING',
  'UNKNOWN_PROVIDER',
  'STORE_CLOSED',
])

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #retried = new Subject<void>()
  readonly #failing = new Set<readonly BatchEvent[]>()
  #successes = 0
  isStopped = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Resolves when nothing of the batch is left, or after stop(). */
  async deliver(batch: readonly BatchEvent[]): Promise<void> {
    const { send, elapsedMs, diagnostics } = this.#options
    const pieces: Piece[] = [{ events: batch, ...FRESH }]
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      const sentAtMs = elapsedMs()
      const error = await errorOf(send(piece.events))
      if (this.isStopped) return
      if (error === undefined) {
        this.#succeeded(piece, elapsedMs() - sentAtMs)
      } else {
        this.#failing.add(batch)
        pieces.push(...this.#afterFailure(piece, error))
        if (pieces[0]?.attempts) await this.#pause(pieces[0].attempts, error)
        if (this.isStopped) return
      }
    }
    this.#failing.delete(batch)
    if (this.#failing.size === 0) diagnostics.setState('ok')
  }

  /** Whether some batch has failed and is still to be delivered. */
  get isRetrying(): boolean {
    return this.#failing.size > 0
  }

  /** Pieces that wait for their next try are tried now. */
  retryNow(): void {
    this.#retried.next()
  }

  stop(): void {
    this.isStopped = true
    this.#retried.next()
  }

  #succeeded(piece: Piece, elapsedMs: number): void {
    const { admission, diagnostics } = this.#options
    this.#successes += 1
    if (piece.refusal === undefined) {
      admission.release(piece.events.map(({ admitted }) => admitted))
      diagnostics.acknowledged(piece.events, elapsedMs)
    } else {
      this.#setAside(piece.refusal.event, piece.refusal.error, true)
    }
    this.#retried.next()
  }

  /** The pieces that are still to be sent of one that failed. */
  #afterFailure(piece: Piece, error: unknown): readonly Piece[] {
    const { code } = ImmersionError.from(error)
    if (code === 'EVENT_REFUSED' || code === 'VERSION_CONFLICT') return this.#withoutRefused(piece, error)
    const attempts = piece.attempts + 1
    // Retrying a defect forever would keep every later event from being written.
    if (code === 'INTERNAL' && (piece.metDefect || attempts >= ATTEMPTS_OF_A_DEFECT)) {
      return this.#withoutRefused({ ...piece, metDefect: true, attempts: 0 }, error)
    }
    this.#options.diagnostics.setState('retrying')
    const successesAtFirstFailure = piece.attempts === 0 ? this.#successes : piece.successesAtFirstFailure
    const failed = { ...piece, attempts, successesAtFirstFailure, successesAtLastFailure: this.#successes }
    if (attempts < ATTEMPTS_BEFORE_SPLIT || NO_EVENTS_FAULT.has(code)) return [failed]
    if (piece.events.length > 1) return halves({ ...failed, attempts: ATTEMPTS_BEFORE_SPLIT - ATTEMPTS_OF_A_HALF })
    // A single event is at fault if it failed while others were written. Otherwise the database is, and the event waits.
    const othersWereWritten = piece.successesAtLastFailure > piece.successesAtFirstFailure
    return othersWereWritten ? this.#withoutRefused(piece, error) : [failed]
  }

  /** The pieces without the refused event. Where nothing names it, the piece is halved until the event stands alone. */
  #withoutRefused(piece: Piece, error: unknown): readonly Piece[] {
    const refused = refusedEvent(piece, error)
    if (refused === undefined) return halves(piece)
    const rest = piece.events.filter((event) => event !== refused)
    const pieces: Piece[] = rest.length > 0 ? [{ ...FRESH, events: rest }] : []
    if (piece.refusal !== undefined) {
      this.#setAside(piece.refusal.event, piece.refusal.error, false)
    } else if (refused.event.payload === null || ImmersionError.from(error).code === 'VERSION_CONFLICT') {
      this.#setAside(refused, error, false)
    } else {
      const stripped = { ...refused, event: withoutPayload(refused.event) }
      pieces.push({ ...FRESH, metDefect: piece.metDefect, events: [stripped], refusal: { event: refused, error } })
    }
    return pieces
  }

  #setAside({ event, version, admitted }: BatchEvent, error: unknown, recordedWithoutPayload: boolean): void {
    this.#options.admission.release([admitted])
    this.#options.diagnostics.setAside({
      event: { ...event, version },
      error: ImmersionError.from(error).toJSON(),
      recordedWithoutPayload,
    })
  }

  async #pause(attempts: number, error: unknown): Promise<void> {
    const { random, diagnostics, scheduler } = this.#options
    const delayMs = retryDelayMs(attempts, random())
    diagnostics.retry(error, attempts, delayMs)
    await firstValueFrom(race(timer(delayMs, scheduler), this.#retried))
  }
}

/** The form in which an event that the database refuses is recorded: its measures, counted, and nothing else. */
function withoutPayload(event: TrackingEvent): TrackingEvent {
  const { streamId, type, occurredAtMs, utcOffsetMin } = event
  return { streamId, type, occurredAtMs, utcOffsetMin, measures: countedMeasures(event), payload: null }
}

/** The error of a failed piece of work, or undefined where it succeeded. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error ?? new ImmersionError('STORAGE_FAILED', 'A write failed without an error.')
  }
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
