// Opens sessions and keeps their shared parts: the clock and one timer, which runs only while a session can count. Every call
// of a player is guarded here: nothing is thrown into the player, and a wrong argument is reported to `onInvalidCall`.
// Called by openImmersionTrackingStore, whose admission is the sink.

import type { Clock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import type { EndReason } from '../events/types.js'
import type { SessionStart, TrackedSession, Tracker } from '../ports/tracker-types.js'
import { CheckedClock } from './checked-clock.js'
import { SESSION_CALLS, Session, type SessionContext } from './session.js'

export interface TrackerOptions extends Pick<SessionContext, 'limits' | 'sink'> {
  readonly clock: Clock
  /** A new UUID version 7, in lower case. */
  readonly newId: (nowMs: number) => string
  /** Hears of each call whose arguments are not allowed, and of anything that goes wrong within one. */
  readonly onInvalidCall: (call: string, error: ImmersionError) => void
}

export class StoreTracker implements Tracker {
  readonly #options: TrackerOptions
  readonly #clock: CheckedClock
  readonly #sessions = new Map<string, { readonly session: Session; readonly handle: TrackedSession }>()
  #stopTimer: (() => void) | null = null

  constructor(options: TrackerOptions) {
    this.#options = options
    this.#clock = new CheckedClock(options.clock)
  }

  startSession(start: SessionStart): TrackedSession {
    return this.#guarded('startSession', () => this.#openSession(start))() ?? CLOSED_SESSION
  }

  get openSessions(): readonly TrackedSession[] {
    return [...this.#sessions.values()].map(({ handle }) => handle)
  }

  endAll(reason: EndReason): void {
    for (const handle of this.openSessions) handle.end(reason)
  }

  #openSession(start: SessionStart): TrackedSession {
    const { limits, sink, newId } = this.#options
    const nowMs = this.#clock.wallMs()
    const sessionId = newId(nowMs)
    const session = new Session(start, sessionId, nowMs, {
      ...{ limits, sink, clock: this.#clock },
      onWake: () => this.#startTimer(),
      onEnd: () => {
        this.#sessions.delete(sessionId)
        this.#stopTimerUnlessWanted()
      },
    })
    const handle = this.#handleOf(session)
    if (session.isOpen) {
      this.#sessions.set(sessionId, { session, handle })
      this.#startTimer()
    }
    return handle
  }

  /** The session as its host holds it. */
  #handleOf(session: Session): TrackedSession {
    const isOpen = this.#guarded('isOpen', () => session.isOpen)
    return Object.freeze({
      sessionId: session.sessionId,
      get isOpen() {
        return isOpen() ?? false
      },
      ...callsOf((name) => {
        const call: (...args: never[]) => void = session[name]
        return this.#guarded(name, call.bind(session), session)
      }),
    })
  }

  /** The same call, but nothing that it throws comes out; it then answers undefined, as it does where the session has ended. */
  #guarded<Arguments extends readonly unknown[], Answer>(
    call: string,
    work: (...args: Arguments) => Answer,
    session?: Session,
  ): (...args: Arguments) => Answer | undefined {
    return (...args) => {
      try {
        return session?.isRecording === false ? undefined : work(...args)
      } catch (error) {
        this.#report(call, error)
        return undefined
      }
    }
  }

  #report(call: string, error: unknown): void {
    const known =
      error instanceof ImmersionError
        ? error
        : new ImmersionError('INVALID_ARGUMENT', `${call} failed: ${String(error)}`, { cause: error })
    try {
      this.#options.onInvalidCall(call, known)
    } catch {
      // The listener for wrong calls failed itself: nobody is left to report to, and the player must not hear of it.
    }
  }

  #startTimer(): void {
    this.#stopTimer ??= this.#options.clock.every(
      this.#options.limits.heartbeatIntervalMs,
      this.#guarded('tick', () => this.#tickAll()),
    )
  }

  #stopTimerUnlessWanted(): void {
    for (const { session } of this.#sessions.values()) if (session.wantsTicks()) return
    this.#stopTimer?.()
    this.#stopTimer = null
  }

  #tickAll(): void {
    // Each by itself: a failure in one session must not stop the time of the others.
    for (const { session } of [...this.#sessions.values()]) this.#guarded('tick', () => session.tick())()
    this.#stopTimerUnlessWanted()
  }
}

type SessionCalls = Pick<TrackedSession, (typeof SESSION_CALLS)[number]>

function callsOf(make: (name: keyof SessionCalls) => (...args: never[]) => void): SessionCalls {
  // Each call is a function of the session's own method of that name, or does nothing.
  return Object.fromEntries(SESSION_CALLS.map((name) => [name, make(name)])) as SessionCalls
}

/** A session that was opened with wrong arguments does not exist, and its player goes on. */
const CLOSED_SESSION: TrackedSession = Object.freeze({ sessionId: '', isOpen: false, ...callsOf(() => () => {}) })
