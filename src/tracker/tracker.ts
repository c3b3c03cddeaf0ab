// Opens sessions and keeps what they share: the clocks, the offset of the learner's clock, and one timer that runs only
// while a session can count. Every call of a player comes through `guarded`: nothing is thrown into the player, and a
// wrong argument is reported through `onInvalidCall`. Called by openImmersionTrackingStore, whose admission is the sink.

import { quarterOf } from '../events/calendar.js'
import type { Clock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import { QUARTER_MS } from '../events/time-units.js'
import type { EndReason, TrackingEvent } from '../events/types.js'
import type { AdmissionAnswer, SessionStart, TrackedSession, Tracker } from '../ports/tracker-types.js'
import { checkSessionStart, startedPayload, videoFacts } from './call-checks.js'
import { createSession, type OpenSession, type SessionOpening, type TrackerLimits } from './session.js'

export interface TrackerOptions {
  /** Admission: synchronous, never throws, never waits. */
  readonly sink: (event: TrackingEvent) => AdmissionAnswer
  readonly clock: Clock
  /** A new UUID version 7, in lower case. */
  readonly newId: (nowMs: number) => string
  readonly limits: TrackerLimits
  /** Told of each call whose arguments are not allowed, and of anything that goes wrong within one. */
  readonly onInvalidCall: (call: string, error: ImmersionError) => void
}

/** The year 4199. Events may be dated up to the year 6429, so that what begins before this passes. */
const EPOCH_MAX_MS = 2 ** 46
/** Offsets in use reach from −12:00 to +14:00; events are refused beyond ±18:00. */
const OFFSET_MAX_MIN = 1080

export function createTracker(options: TrackerOptions): Tracker & { endAll(reason: EndReason): void } {
  const { clock, limits, newId, onInvalidCall, sink } = options
  const sessions = new Map<string, { readonly session: OpenSession; readonly handle: TrackedSession }>()
  let stopTimer: (() => void) | null = null
  let lastWallMs = 0
  let lastMonotonicMs = 0
  let offsetQuarter = Number.NaN
  let offsetMin = 0

  /** Whole milliseconds. A clock that answers nonsense stands still. */
  function wallMs(): number {
    const nowMs = Math.floor(clock.nowMs())
    if (nowMs >= 0 && nowMs <= EPOCH_MAX_MS) lastWallMs = nowMs
    return lastWallMs
  }

  /** Whole milliseconds, and never less than before: differences add up to what passed, without a remainder to carry. */
  function monotonicMs(): number {
    const nowMs = Math.floor(clock.monotonicMs())
    if (nowMs > lastMonotonicMs) lastMonotonicMs = nowMs
    return lastMonotonicMs
  }

  /** Asked of the clock once a quarter hour, since no zone changes its offset within one. */
  function utcOffsetMin(epochMs: number): number {
    const quarter = quarterOf(epochMs)
    if (quarter !== offsetQuarter) {
      const asked = Math.round(clock.utcOffsetMin(quarter * QUARTER_MS) / 15) * 15
      offsetMin = Math.abs(asked) <= OFFSET_MAX_MIN ? asked + 0 : 0
      offsetQuarter = quarter
    }
    return offsetMin
  }

  /** The same call, but nothing that it throws comes out; it then answers undefined. */
  function guarded<Arguments extends unknown[], Answer>(
    call: string,
    work: (...args: Arguments) => Answer,
  ): (...args: Arguments) => Answer | undefined {
    return (...args) => {
      try {
        return work(...args)
      } catch (error) {
        report(call, error)
        return undefined
      }
    }
  }

  function report(call: string, error: unknown): void {
    const known =
      error instanceof ImmersionError
        ? error
        : new ImmersionError('INVALID_ARGUMENT', `${call} failed: ${String(error)}`, { cause: error })
    try {
      onInvalidCall(call, known)
    } catch {
      // Who listens for wrong calls failed itself: nobody is left to tell, and the player must not be the one.
    }
  }

  function startTimer(): void {
    if (stopTimer === null) stopTimer = clock.every(limits.heartbeatIntervalMs, guarded('tick', tickAll))
  }

  function stopTimerUnlessWanted(): void {
    for (const { session } of sessions.values()) if (session.wantsTicks()) return
    stopTimer?.()
    stopTimer = null
  }

  function tickAll(): void {
    // Each by itself: what goes wrong in one session must not stop the time of the others.
    for (const { session } of [...sessions.values()]) guarded('tick', session.tick)()
    stopTimerUnlessWanted()
  }

  function startSession(start: SessionStart): TrackedSession {
    let handle = DEAF_SESSION
    guarded('startSession', () => {
      handle = openSession(start)
    })()
    return handle
  }

  function openSession(start: SessionStart): TrackedSession {
    const nowMs = wallMs()
    const sessionId = newId(nowMs)
    const session = createSession(openingOf(start, sessionId, nowMs), {
      limits,
      wallMs,
      monotonicMs,
      utcOffsetMin,
      sink,
      onWake: startTimer,
      onEnd: () => {
        sessions.delete(sessionId)
        stopTimerUnlessWanted()
      },
    })
    const handle = guardedCalls(session.calls)
    if (session.calls.isOpen) {
      sessions.set(sessionId, { session, handle })
      startTimer()
    }
    return handle
  }

  function guardedCalls(calls: TrackedSession): TrackedSession {
    const askWhetherOpen = guarded('isOpen', () => calls.isOpen)
    return Object.freeze({
      sessionId: calls.sessionId,
      get isOpen() {
        return askWhetherOpen() ?? false
      },
      line: guarded('line', calls.line),
      lookup: guarded('lookup', calls.lookup),
      card: guarded('card', calls.card),
      pause: guarded('pause', calls.pause),
      resume: guarded('resume', calls.resume),
      seek: guarded('seek', calls.seek),
      buffering: guarded('buffering', calls.buffering),
      position: guarded('position', calls.position),
      describeVideo: guarded('describeVideo', calls.describeVideo),
      describe: guarded('describe', calls.describe),
      presence: guarded('presence', calls.presence),
      record: guarded('record', calls.record),
      end: guarded('end', calls.end),
    })
  }

  return {
    startSession,
    get openSessions() {
      return [...sessions.values()].map((open) => open.handle)
    },
    endAll(reason) {
      for (const { handle } of [...sessions.values()]) handle.end(reason)
    },
  }
}

function openingOf(start: SessionStart, sessionId: string, startedAtMs: number): SessionOpening {
  checkSessionStart(start)
  return {
    sessionId,
    startedAtMs,
    payload: startedPayload(start),
    video: start.video === undefined ? {} : videoFacts(start.video),
    mode: start.mode ?? 'playback',
    paused: start.paused ?? false,
    inferSeeks: start.inferSeeks ?? true,
  }
}

function nothing(): void {
  // A session that was asked for wrongly does not exist, and its player goes on.
}

const DEAF_SESSION: TrackedSession = Object.freeze({
  sessionId: '',
  isOpen: false,
  line: nothing,
  lookup: nothing,
  card: nothing,
  pause: nothing,
  resume: nothing,
  seek: nothing,
  buffering: nothing,
  position: nothing,
  describeVideo: nothing,
  describe: nothing,
  presence: nothing,
  record: nothing,
  end: nothing,
})
